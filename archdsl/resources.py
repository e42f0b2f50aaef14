"""Where the files that ship with archdsl are.

A wheel carries the landmark networks and the grammar inside the package; in a checkout, and so in
an editable install, they lie beside it.
"""

import os.path
from collections.abc import Callable, Mapping

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_CHECKOUT = os.path.dirname(_PACKAGE)


def standard_library() -> str:
    """The folder of the library that `from std.NAME import …` reads."""
    return os.path.join(_PACKAGE, "std")


def zoo() -> str:
    """The folder of the landmark networks that `from zoo.NAME import …` reads."""
    return _shipped("zoo", "specs")


LIBRARIES: Mapping[str, Callable[[], str]] = {"std": standard_library, "zoo": zoo}
"""What imports may name, and the folder of each."""


def grammar() -> str:
    """The grammar, a Lark file."""
    return os.path.join(_shipped("grammars", "grammars"), "arch.lark")


def pages() -> str:
    """The folder of the pages that `archdsl explain CODE` prints."""
    return os.path.join(_PACKAGE, "pages")


def page_of(code: str) -> str:
    """The page of an error. Raises KeyError where it has none."""
    try:
        with open(os.path.join(pages(), f"{code}.md"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError as error:
        raise KeyError(code) from error


def _shipped(in_wheel: str, in_checkout: str) -> str:
    installed = os.path.join(_PACKAGE, in_wheel)
    return installed if os.path.isdir(installed) else os.path.join(_CHECKOUT, in_checkout)
