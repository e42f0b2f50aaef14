"""Residuals whose two sides differ: what differs, and the change that mends it."""

from collections.abc import Iterator, Mapping
from typing import cast

from archdsl.diagnostics import Edit, Fix
from archdsl.elaborate.binding import assign
from archdsl.elaborate.context import Context
from archdsl.elaborate.layers import applicable
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.projection import stride_between
from archdsl.graph.ir import Step
from archdsl.ops.base import Op
from archdsl.ops.merge import dimension_name, equality_advice
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Dim, TensorType, hinted, same

VERBS = {"add": "adds", "mul": "multiplies", "concat": "joins"}


class Sides(NamedTuple):
    """A residual and its values: what flows in, the end of its branch, the end of its shortcut."""

    node: ast.Residual
    join: str
    start: int
    branch: int
    shortcut: int


def mismatch(context: Context, sides: Sides) -> Mistake:
    """The diagnostic of a residual whose sides do not fit, with its mend."""
    types = context.session.builder.types
    left, right = types[sides.branch], types[sides.shortcut]
    assert left is not None and right is not None
    node = sides.node
    other = "shortcut" if node.shortcut else "input"
    joined = "by" if sides.join == "mul" else "with" if sides.join == "concat" else "to"
    message = (
        f"the residual {VERBS[sides.join]} {left} from its branch {joined} {right} from its {other}"
        f": {_differences(left, right, context.session.sizes)}"
    )
    help, edits = _mend(context, sides, left, right)
    fix = Fix(help, edits) if edits else None
    return Mistake("E301", message, node.span, help=help, fix=fix)


def _differences(left: TensorType, right: TensorType, sizes: Mapping[str, int] | None) -> str:
    """What differs, in numbers at the sizes that the network is sampled at."""
    if left.rank != right.rank:
        axes = "axis" if left.rank == 0 else "axes"
        return f"one has {left.rank + 1} {axes}, the other {right.rank + 1}"
    parts, sampled = [], False
    for axis, (one, other) in enumerate(zip(left.shape, right.shape, strict=True)):
        if same(one, other):
            continue
        pair: tuple[object, object] = hinted(one), hinted(other)
        if None in pair or pair[0] == pair[1]:
            pair = one, other
        sampled = sampled or pair != (one, other)
        parts.append(f"{dimension_name(left.rank, axis)} {pair[0]} and {pair[1]}")
    at = ", ".join(f"{name}={size}" for name, size in (sizes or {}).items())
    return ", ".join(parts) + (f" (at {at})" if sampled else "")


def _mend(
    context: Context, sides: Sides, left: TensorType, right: TensorType
) -> tuple[str, tuple[Edit, ...]]:
    """What to change, and the edits that do it, where they are sure to."""
    builder = context.session.builder
    strides = stride_between(builder, sides.start, sides.branch)
    node = sides.node
    if left.rank != right.rank or strides is None:
        gate = sides.join == "mul" and left.rank == right.rank
        wanted_channels = f"a gate has the channels of what it multiplies: {right.channels}"
        return wanted_channels if gate else "bring both sides to the same shape", ()
    if node.shortcut is None:
        wanted = [
            _strided(size, stride) for size, stride in zip(right.spatial, strides, strict=True)
        ]
    else:
        wanted = list(right.spatial)
    if all(map(same, wanted, left.spatial)):
        if node.shortcut is None:
            return _projected(node, left, strides)
        return _other_channels(context, node.shortcut, left)
    lossy = list(_lossy(context, sides))
    if lossy:
        return _padded(context, sides, lossy, strides, left.channels != right.channels)
    if node.shortcut is not None:
        across = stride_between(builder, sides.start, sides.shortcut)
        if across is not None and across != strides:
            return _other_stride(context, node.shortcut, strides)
    for one, other in zip(left.spatial, wanted, strict=True):
        advice = equality_advice(one, other)
        if advice is not None:
            alone = node.shortcut is not None or set(strides) == {1}
            return advice if alone else f"add `shortcut project`; its sizes fit: {advice}", ()
    return "give both sides the same strides and paddings", ()


def _strided(size: Dim, stride: int) -> Dim:
    return (size - 1) // stride + 1


def _text(per_axis: tuple[int, ...]) -> str:
    return str(per_axis[0] if len(set(per_axis)) == 1 else list(per_axis))


def _project_edit(node: ast.Residual) -> Edit:
    return Edit(Span(node.span.source, node.span.end, node.span.end), " shortcut project")


def _projected(
    node: ast.Residual, left: TensorType, strides: tuple[int, ...]
) -> tuple[str, tuple[Edit, ...]]:
    strided = "" if set(strides) == {1} else f" with stride {_text(strides)}"
    channels = f"{left.channels} channel{'' if left.channels == 1 else 's'}"
    return (
        f"add `shortcut project` after the braces: a 1x1 conv to {channels}{strided}",
        (_project_edit(node),),
    )


def _other_channels(
    context: Context, shortcut: ast.Shortcut, left: TensorType
) -> tuple[str, tuple[Edit, ...]]:
    edit = _argument_edit(context, shortcut.step, "channels", str(left.channels))
    return f"give the shortcut {left.channels} channels, as its branch has", (edit,) if edit else ()


def _other_stride(
    context: Context, shortcut: ast.Shortcut, strides: tuple[int, ...]
) -> tuple[str, tuple[Edit, ...]]:
    edit = _argument_edit(context, shortcut.step, "stride", _text(strides))
    return f"the branch has stride {_text(strides)}: give the shortcut the same", (
        (edit,) if edit else ()
    )


def _padded(
    context: Context,
    sides: Sides,
    lossy: list[Step],
    strides: tuple[int, ...],
    channels_differ: bool,
) -> tuple[str, tuple[Edit, ...]]:
    """Padding for layers that lose the border."""
    edits = []
    for step in lossy:
        halves = tuple([dilation * (k - 1) // 2 for k, dilation in _kernels(step)])
        words = {known.name: known.kind.words for known in step.layer.op.parameters}
        pad = "same" if "same" in words["pad"] else _text(halves)
        edit = _argument_edit(context, step.origin.node, "pad", pad)
        if edit is not None and edit not in edits:
            edits.append(edit)
    first = lossy[0]
    kernel = "x".join(str(k) for k, _ in _kernels(first))
    help = (
        f"`{first.path}` takes {first.layer.inputs[0]} to {first.layer.outputs[0]}:"
        f" pad its {kernel} kernel{f' with `{edits[0].replacement}`' if edits else ''}"
    )
    if sides.node.shortcut is None and (channels_differ or set(strides) != {1}):
        edits.append(_project_edit(sides.node))
        help += ", and add `shortcut project`"
    complete = len(edits) >= len({step.origin.span for step in lossy})
    return help, tuple(edits) if complete else ()


def _kernels(step: Step) -> list[tuple[int, int]]:
    """Kernel and dilation of a layer for each axis."""
    kernel = cast(tuple[int, ...], step.layer.args["kernel"])
    dilation = cast(tuple[int, ...], step.layer.args.get("dilation", (1,) * len(kernel)))
    return list(zip(kernel, dilation, strict=True))


def _lossy(context: Context, sides: Sides) -> Iterator[Step]:
    """The layers written in the branch that a symmetric padding would keep from losing size."""
    body = sides.node.body.span
    for step in context.session.builder.steps:
        args, span = step.layer.args, step.origin.span
        if not step.outputs or step.outputs[0] <= sides.start:
            continue
        if not {"kernel", "pad"} <= args.keys() or "output_pad" in args:
            continue
        written = span.source is body.source and body.start <= span.start and span.end <= body.end
        losses = [dilation * (k - 1) for k, dilation in _kernels(step)]
        pads = cast(tuple[tuple[int, int], ...], args["pad"])
        whole = all(loss % 2 == 0 for loss in losses)
        if written and whole and list(pads) != [(loss // 2, loss // 2) for loss in losses]:
            yield step


def _argument_edit(context: Context, node: object, name: str, text: str) -> Edit | None:
    """The edit that gives a call of an op this argument."""
    if not isinstance(node, ast.Call):
        return None
    block = applicable(context, node.name, quiet=True)
    if block is None or not isinstance(block.target, Op):
        return None
    names = [parameter.name for parameter in block.target.parameters]
    if name not in names or name in dict(block.fixed):
        return None
    written = assign(node.name.id, names, node.args or (), dict(block.fixed))
    source = node.span.source
    if name in written:
        return Edit(written[name].value.span, text)
    if not node.args:
        return Edit(Span(source, node.name.span.end, node.span.end), f"({name}={text})")
    end = node.args[-1].span.end
    return Edit(Span(source, end, end), f", {name}={text}")
