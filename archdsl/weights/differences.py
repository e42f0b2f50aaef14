"""How the tensors of a file differ from a network's: all of it in one diagnostic."""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.ops.base import Weight
from archdsl.source import Span
from archdsl.visible import quoted
from archdsl.weights.names import COUNTER, Level, Shape, counterparts, level_between
from archdsl.weights.stored import Stored

WRAPPERS = {
    "module": "DataParallel, DistributedDataParallel and AveragedModel",
    "_orig_mod": "torch.compile",
}
"""PyTorch's own wrappers, by the level under which they keep the network."""

_FLOATS = ("float64", "float32", "float16", "bfloat16")
_INTS = ("int64", "int32", "int16", "int8", "uint8")


def differences(
    graph: Graph,
    stored: Mapping[str, Stored],
    name: str,
    span: Span,
    replaced: Collection[str] = (),
) -> Diagnostic | None:
    """What is wrong with a file for a network; None where nothing is.

    Args:
        stored: the file's tensors; those of extern ops are left out, since which ones there are,
            only their modules know.
        name: what the file is called in the message.
        span: where the diagnostic stands.
        replaced: paths whose tensors may be missing, and may be others.
    """
    wanted = dict(graph.weights())
    opaque = graph.opaque_paths()
    stored = {key: tensor for key, tensor in stored.items() if not key.startswith(opaque)}
    if not _compared(wanted, stored, replaced).any:
        return None
    return _diagnostic(graph, wanted, stored, name, span, replaced)


class _Differences(NamedTuple):
    """Names that the file lacks, names that the network lacks, and a line for each tensor that
    both have and that is another one.
    """

    missing: list[str]
    unexpected: list[str]
    differing: list[str]

    @property
    def any(self) -> bool:
        return any(self)


def _compared(
    wanted: Mapping[str, Weight], stored: Mapping[str, Stored], replaced: Collection[str]
) -> _Differences:
    free = tuple(f"{path}." for path in replaced)

    def counts(key: str) -> bool:
        return not (key in replaced or key.startswith(free))

    return _Differences(
        [
            key
            for key, weight in wanted.items()
            if key not in stored and weight.name != COUNTER and counts(key)
        ],
        [key for key in stored if key not in wanted and counts(key)],
        [
            line
            for key, weight in wanted.items()
            if key in stored and counts(key) and (line := _difference(key, weight, stored[key]))
        ],
    )


def _difference(key: str, weight: Weight, stored: Stored) -> str | None:
    kinds = _INTS if weight.name == COUNTER else _FLOATS
    if stored.shape != weight.shape:
        return f"{key}: {list(stored.shape)} in the file, {list(weight.shape)} in the network"
    if stored.dtype not in kinds:
        return f"{key}: {stored.dtype} in the file, {kinds[0][:-2]} in the network"
    return None


def _diagnostic(
    graph: Graph,
    wanted: Mapping[str, Weight],
    stored: Mapping[str, Stored],
    name: str,
    span: Span,
    replaced: Collection[str],
) -> Diagnostic:
    found = _compared(wanted, stored, replaced)
    counts, lines, help_ = [], [], None
    shift = _shift(wanted, stored, found)
    if shift is not None:
        counts, lines, help_ = [shift.told], [shift.examples], shift.help
        # What is left once the level is seen through.
        stored = {shift.names.get(key, key): value for key, value in stored.items()}
        found = _compared(wanted, stored, replaced)
    counts += [
        f"{len(entries)} {what}"
        for entries, what in zip(found, ("missing", "unexpected", "differing"), strict=True)
        if entries
    ]
    missing = {key: wanted[key].shape for key in found.missing}
    unexpected = {
        key: stored[key].shape for key in found.unexpected if not key.endswith(f".{COUNTER}")
    }
    in_file = counterparts(missing, unexpected)
    lines += [
        *(
            f"missing: {key}" + (f" (the file has {_told(in_file[key])})" if key in in_file else "")
            for key in missing
        ),
        *(f"unexpected: {_told(key)}" for key in found.unexpected),
        *(f"differs: {line}" for line in found.differing),
    ]
    message = f"the tensors of {name} are not those of {graph.name}: {', '.join(counts)}"
    help_ = help_ or _in_order(missing, unexpected)
    return Diagnostic("E501", message, span, help=help_, details=tuple(lines))


def _in_order(missing: Mapping[str, Shape], unexpected: Mapping[str, Shape]) -> str | None:
    if len(missing) < 2 or list(missing.values()) != list(unexpected.values()):
        return None
    return (
        "the missing and the unexpected tensors have the same shapes in the same order, so perhaps "
        "their names alone differ: name the layers as in the file, or rename the tensors there"
    )


class _Shift(NamedTuple):
    """A level between the names of the file and of the network.

    Attributes:
        names: the network's names by those of the file, where they differ by the level.
        told, examples, help: what is said of it.
    """

    names: Mapping[str, str]
    told: str
    examples: str
    help: str


def _shift(
    wanted: Mapping[str, Weight], stored: Mapping[str, Stored], found: _Differences
) -> _Shift | None:
    """The level that one side's names have and the other's lack, if that is so for most of the
    names that are missing.
    """
    level = level_between(found.unexpected, found.missing)
    if level is not None:
        names = {
            key: short
            for key in found.unexpected
            if (short := level.dropped(key)) in wanted and short not in stored
        }
        return _shift_of(names, f"have the level `{level}` too many", _without(level))
    level = level_between(found.missing, found.unexpected)
    if level is not None:
        names = {
            short: key
            for key in wanted
            if key not in stored and (short := level.dropped(key)) in stored and short not in wanted
        }
        return _shift_of(names, f"lack the level `{level}`", _with(level))
    return None


def _shift_of(names: Mapping[str, str], what: str, help_: str) -> _Shift:
    pairs = [f"{_told(key)} for {own}" for key, own in names.items()]
    more = f", and {len(pairs) - 1} more" if len(pairs) > 1 else ""
    return _Shift(names, f"{len(pairs)} {what}", pairs[0] + more, help_)


def _without(level: Level) -> str:
    """What to do about a level that the network lacks."""
    name = str(level)
    if not _is_path(name):
        return f"take {quoted(name)} out of the names in the file"
    if level.start:
        rename = f"take `{name}` out of the names in the file"
    else:
        rename = (
            f'rename them in the file: {{key.removeprefix("{name}."): tensor '
            "for key, tensor in state.items()}"
        )
    if name in WRAPPERS:
        return (
            f"{WRAPPERS[name]} put the network under `{name}`: save the state dict of "
            f"network.{name}, or {rename}"
        )
    if len(level.parts) > 1:
        return rename
    wrap = "braces of their own" if name.isdecimal() else f"{name} = {{ ... }}"
    return f"{rename}; or put those layers of the network into {wrap}"


def _with(level: Level) -> str:
    """What to do about a level that the file lacks."""
    source = "the braces or the chain" if str(level).isdecimal() else f"the name {level}"
    return f"take away {source} around those layers of the network, or add it to the file's names"


def _is_path(name: str) -> bool:
    """Whether a name of a file's could be one of a network's."""
    return re.fullmatch(r"[\w.-]+", name, re.ASCII) is not None


def _told(name: str) -> str:
    """A file's name of a tensor: one that is no path stands in quotes, as it could be any text."""
    return name if _is_path(name) else quoted(name)
