"""What is said of published checkpoints that do not fit as they are."""

from collections.abc import Callable

import torch
from torch import Tensor

from tests.checkpoints.packages import PUBLISHED
from tests.cli.commands import Commands
from tests.golden import check_golden

State = dict[str, Tensor]

DETECTOR = """\
arch 1

from "mtcnn.arch" import RNet

network Detector {
  "R-Net under a name of its own."
  input image: image[3, 24, 24]
  refine = RNet
  box = refine.box
  face = refine.face
  output box, face
}
"""


def renamed(old: str, new: str) -> Callable[[State], State]:
    return lambda state: {key.replace(old, new): tensor for key, tensor in state.items()}


def wrapped(state: State) -> State:
    return {f"module.{key}": tensor for key, tensor in state.items()}


def other_landmarks(state: State) -> State:
    """68 points in place of 5."""
    return {
        key: torch.zeros(136, *tensor.shape[1:]) if key.startswith("dense6_3") else tensor
        for key, tensor in state.items()
    }


CASES: dict[str, tuple[str, str, Callable[[State], State]]] = {
    "saved from DataParallel": ("mtcnn.arch:PNet", "PNet", wrapped),
    "saved from DataParallel in another module": (
        "mtcnn.arch:PNet",
        "PNet",
        lambda state: {f"module.pnet.{key}": tensor for key, tensor in state.items()},
    ),
    "saved from torch.compile": (
        "crepe.arch:CrepeTiny",
        "CrepeTiny",
        lambda state: {f"_orig_mod.{key}": tensor for key, tensor in state.items()},
    ),
    "a level within the names": (
        "crepe.arch:CrepeTiny",
        "CrepeTiny",
        lambda state: {key.replace(".", ".0.", 1): tensor for key, tensor in state.items()},
    ),
    "the network has a level more": ("detector.arch", "RNet", dict),
    "a layer under another name": ("mtcnn.arch:PNet", "PNet", renamed("conv4_1", "classifier")),
    "names of another library": (
        "mtcnn.arch:PNet",
        "PNet",
        lambda state: {f"{index}": tensor for index, tensor in enumerate(state.values())},
    ),
    "other shapes": ("mtcnn.arch:ONet", "ONet", other_landmarks),
    "other shapes, from DataParallel": (
        "mtcnn.arch:ONet",
        "ONet",
        lambda state: wrapped(other_landmarks(state)),
    ),
    "an average beside its counter": (
        "mtcnn.arch:PNet",
        "PNet",
        lambda state: {"n_averaged": torch.tensor(7), **wrapped(state)},
    ),
    "another network": ("mtcnn.arch:RNet", "PNet", dict),
}


def test_mismatches_in_full(archdsl: Commands) -> None:
    archdsl.write("detector.arch", DETECTOR)
    states = {
        str(published): torch.load(published.file, weights_only=True) for published in PUBLISHED[:4]
    }
    texts = []
    for title, (spec, name, change) in CASES.items():
        torch.save(change(states[name]), "weights.pt")
        done = archdsl("compile", spec, "--to", "onnx", "--weights", "weights.pt")
        texts.append(f"=== {title}\n{done}")
    check_golden("checkpoints/mismatches.txt", "\n".join(texts))
    assert not (archdsl.folder / "build").exists()
