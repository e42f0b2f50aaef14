"""A compiler from declarative descriptions of convolutional networks to readable PyTorch modules.

import archdsl

net = archdsl.load("specs/resnet.arch", "ResNet50", classes=10)
net.params, net.macs, net.receptive_field
print(net.summary())
model = net.module()
"""

from archdsl.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from archdsl.diagnostics import ArchError
    from archdsl.driver import UsageError
    from archdsl.network import Network, Summary, load

__all__ = ["ArchError", "Network", "Summary", "UsageError", "__version__", "load"]

__version__ = "0.1.0"

_HOMES = {
    "ArchError": "archdsl.diagnostics",
    "Network": "archdsl.network",
    "Summary": "archdsl.network",
    "UsageError": "archdsl.driver",
    "load": "archdsl.network",
}


def __getattr__(name: str) -> object:
    """Import what is asked for only then: the command line needs none of it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
