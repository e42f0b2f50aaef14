"""Names in weights files, which can be any text: all that is said of them, in every format."""

import io
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
import torch

from tests.cli.commands import Commands
from tests.hostile.broken_weights import checkpoint, entry, safetensors, zipped
from tests.hostile.nets import HARMLESS
from tests.hostile.structures import FORMATS, LISTED
from tests.hostile.telling import check_shown, check_told
from tests.hostile.texts import HOSTILE

NET = """\
network Net {
  input image: image[3, 8, 8]
  stem = conv(4)
  mid = conv(4) -> bn
  gap -> flatten
  fc = linear(4)
}
"""
PLAN = """
transfer PlanN of Net {
  weights("wN.safetensors")
  train(fc)
  freeze(rest)
}
"""

SHAPES = {
    "stem.weight": (4, 3, 3, 3),
    "stem.bias": (4,),
    "mid.0.weight": (4, 4, 3, 3),
    "mid.0.bias": (4,),
    **{f"mid.1.{name}": (4,) for name in ("weight", "bias", "running_mean", "running_var")},
    "fc.weight": (4, 4),
    "fc.bias": (4,),
}
"""The tensors of the network."""

SURROGATES = ("\ud800", "\udfff\ud800", "x\udc1b[2J", "a\udcc3\udca9")
"""Halves of characters, which JSON and pickles can write and UTF-8 cannot."""

KEYS = tuple(key for key in (*HOSTILE, *SURROGATES) if key)

WAYS = {
    "one more": lambda key: {**SHAPES, key: (4,)},
    "in place of another": lambda key: {
        key if name == "fc.bias" else name: shape for name, shape in SHAPES.items()
    },
    "a level before all": lambda key: {f"{key}.{name}": shape for name, shape in SHAPES.items()},
    "a level before some": lambda key: {
        name.replace("mid.", f"mid.{key}."): shape for name, shape in SHAPES.items()
    },
    "every name": lambda key: {f"{name}{key}": shape for name, shape in SHAPES.items()},
}
"""What the tensors of a file are called."""


def stored(shapes: dict[str, tuple[int, ...]]) -> bytes:
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * int(np.prod(shape))
        header[name] = entry(list(shape), start, end)
    return safetensors(header, bytes(end))


def findings(archdsl: Commands, way: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    numbers = range(len(keys))
    for number, key in enumerate(keys):
        (archdsl.folder / f"w{number}.safetensors").write_bytes(stored(WAYS[way](key)))
    plans = (PLAN.replace("N of", f"{number} of").replace("wN", f"w{number}") for number in numbers)
    archdsl.write("net.arch", NET + "".join(plans))
    for form in FORMATS:
        result = archdsl("lint", "net.arch", "--format", form)
        assert (result.code, result.err) == (1, "")
        check_shown(result.out.replace("::", "--") if form == "github" else result.out)
        yield form, result.out


@pytest.mark.parametrize("way", WAYS)
def test_keys_in_findings(archdsl: Commands, way: str) -> None:
    """A plan for each key."""
    for form, text in findings(archdsl, way, KEYS):
        if form in LISTED:
            assert LISTED[form](text).count(("net.arch", "E501")) == len(KEYS)


@pytest.mark.parametrize("way", ["one more", "in place of another"])
def test_keys_change_no_more_than_a_word(archdsl: Commands, way: str) -> None:
    """Where dots in a key make it neither one level nor several."""
    expected = dict(findings(archdsl, way, [f"{HARMLESS} {number}" for number in range(len(KEYS))]))
    for form, text in findings(archdsl, way, KEYS):
        assert FORMATS[form](text) == FORMATS[form](expected[form]), form


def test_level_that_can_be_any_text(archdsl: Commands) -> None:
    """What to write in Python is proposed where the level is a name, and nowhere else."""
    archdsl.write("net.arch", NET)
    for level in ("module", *KEYS):
        data = stored(WAYS["a level before all"](level))
        (archdsl.folder / "w.safetensors").write_bytes(data)
        result = archdsl("compile", "net.arch", "--to", "onnx", "--weights", "w.safetensors")
        check_told(result)
        snippet = re.search(r'key.removeprefix\("(.*)"\)', result.err)
        assert level != "module" or snippet
        assert not snippet or re.fullmatch(r"[\w.-]+", snippet[1]), level


def npz(keys: Sequence[str]) -> bytes:
    array = io.BytesIO()
    np.save(array, np.zeros(4, np.float32))
    return zipped([(f"{key}.npy", array.getvalue()) for key in keys])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("w.npz", npz),
        ("w.pt", lambda keys: checkpoint({key: torch.zeros(4) for key in keys})),
        ("w.safetensors", lambda keys: stored(dict.fromkeys(keys, (4,)))),
    ],
)
@pytest.mark.parametrize("command", ["compile --to onnx", "verify"])
def test_keys_all_at_once(
    archdsl: Commands, name: str, made: Callable[[Sequence[str]], bytes], command: str
) -> None:
    archdsl.write("net.arch", NET)
    # The names of a zip file end at a NUL, and cannot be halves of characters.
    keys = [key for key in KEYS if name != "w.npz" or not ("\0" in key or key in SURROGATES)]
    (archdsl.folder / name).write_bytes(made(keys))
    result = archdsl(*command.split(), "net.arch", "--weights", name)
    check_told(result)
    lines = [line for line in result.err.split("\n") if line.startswith("  unexpected: ")]
    assert result.code == 1 and len(lines) == len(keys)
