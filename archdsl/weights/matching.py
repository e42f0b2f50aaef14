"""A file's tensors against the network's: all of them, or one diagnostic with every difference."""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.suggest import nearest
from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight
from archdsl.weights.initial import COUNTER
from archdsl.weights.lazy import Lazy
from archdsl.weights.stored import Stored, WeightsError

MOST_PROPOSALS = 50
"""Names that get a proposal; looking for near ones among thousands takes seconds."""

_FLOATS = ("float64", "float32", "float16", "bfloat16")
_INTS = ("int64", "int32", "int16", "int8", "uint8")


def match(graph: Graph, stored: Mapping[str, Stored], path: str) -> Lazy | Diagnostic:
    """The network's weights, float32 in the order of the state dict, or how the file differs.

    Each is read when it is asked for, which may raise WeightsError.
    """
    wanted = dict(graph.weights())
    missing = [
        key for key, weight in wanted.items() if key not in stored and weight.name != COUNTER
    ]
    unexpected = [key for key in stored if key not in wanted]
    differing = [
        line
        for key, weight in wanted.items()
        if key in stored and (line := _difference(key, weight, stored[key]))
    ]
    if missing or unexpected or differing:
        return _diagnostic(graph, wanted, stored, (missing, unexpected, differing), path)
    return Lazy(
        {
            key: partial(_array, weight, stored.get(key), f"{path} cannot be read")
            for key, weight in wanted.items()
        }
    )


def _difference(key: str, weight: Weight, stored: Stored) -> str | None:
    kinds = _INTS if weight.name == COUNTER else _FLOATS
    if stored.shape != weight.shape:
        return f"{key}: {list(stored.shape)} in the file, {list(weight.shape)} in the network"
    if stored.dtype not in kinds:
        return f"{key}: {stored.dtype} in the file, {kinds[0][:-2]} in the network"
    return None


def _array(weight: Weight, stored: Stored | None, trouble: str) -> NDArray[Any]:
    """The tensor; a counter that the file lacks is 0."""
    if stored is None:
        return np.zeros((), np.int64)
    dtype = np.int64 if weight.name == COUNTER else np.float32
    try:
        return stored.read().astype(dtype, copy=False)
    except OSError as error:
        raise WeightsError(f"{trouble}: {error.strerror or error}") from error


def _diagnostic(
    graph: Graph,
    wanted: Mapping[str, Weight],
    stored: Mapping[str, Stored],
    found: tuple[list[str], list[str], list[str]],
    path: str,
) -> Diagnostic:
    missing, unexpected, differing = found
    name = os.path.basename(path)
    counts = [
        f"{len(keys)} {what}"
        for keys, what in (
            (missing, "missing"),
            (unexpected, "unexpected"),
            (differing, "differing"),
        )
        if keys
    ]

    # Of two names alike, the one whose shape fits is meant.
    def alike(key: str) -> list[str]:
        return [name for name in unexpected if stored[name].shape == wanted[key].shape]

    lines = [
        *(
            f"missing: {_with_nearest(key, alike(key) or unexpected)}"
            for key in missing[:MOST_PROPOSALS]
        ),
        *(f"missing: {key}" for key in missing[MOST_PROPOSALS:]),
        *(f"unexpected: {key}" for key in unexpected),
        *(f"differs: {line}" for line in differing),
    ]
    message = f"the tensors of {name} are not those of {graph.name}: {', '.join(counts)}"
    return Diagnostic(
        "E501",
        "\n".join([message, *(f"  {line}" for line in lines)]),
        graph.span,
        help=_level(wanted, stored),
    )


def _with_nearest(key: str, unexpected: list[str]) -> str:
    found = nearest(key, unexpected)
    return f"{key} (the file has {found})" if found else key


def _level(wanted: Mapping[str, Weight], stored: Mapping[str, Stored]) -> str | None:
    """The level to add or drop so that all names and shapes match, if there is one."""
    own = {key: weight.shape for key, weight in wanted.items() if weight.name != COUNTER}
    theirs = {key: found.shape for key, found in stored.items() if not key.endswith(f".{COUNTER}")}
    if len(own) != len(theirs):
        return None
    for index in range(max((key.count(".") for key in (*own, *theirs)), default=0)):
        for level in _levels(theirs, index):
            if _without(theirs, index, level) == own:
                return (
                    f"without the level {level!r} of their names the file's tensors match: "
                    f"name them so, or wrap those layers of the network in {level} = {{ ... }}"
                )
        for level in _levels(own, index):
            if _without(own, index, level) == theirs:
                return (
                    f"without the level {level!r} of its names the network's tensors match: "
                    "drop the name around those layers, or add it to the file's names"
                )
    return None


def _levels(keys: Iterable[str], index: int) -> list[str]:
    """The parts that stand at this level of some name, above its last part."""
    found = (key.split(".") for key in keys)
    return list(dict.fromkeys(parts[index] for parts in found if len(parts) > index + 1))


def _without(
    shapes: Mapping[str, tuple[int, ...]], index: int, level: str
) -> dict[str, tuple[int, ...]]:
    """The names with that part left out at that level, where it stands there."""
    found = {}
    for key, shape in shapes.items():
        parts = key.split(".")
        if len(parts) > index + 1 and parts[index] == level:
            del parts[index]
        found[".".join(parts)] = shape
    return found
