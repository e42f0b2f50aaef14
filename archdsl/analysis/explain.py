"""The arithmetic behind a layer's figures, as lines of text with their numbers."""

from archdsl.analysis.figures import Analysis
from archdsl.analysis.receptive import Extent, Field
from archdsl.analysis.render import per_axis_text, shape_text, text_rows
from archdsl.analysis.table import Table, described
from archdsl.graph.ir import Graph, Instance, Step
from archdsl.ops.base import GLOBAL, POINTWISE, Layer, Window
from archdsl.visible import quoted

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def explained(analysis: Analysis, path: str) -> list[str] | None:
    """How the figures of the layer, block or value at a path come about; None if there is none."""
    graph = analysis.graph
    for number, step in enumerate(graph.steps):
        if step.path == path and step.use_of is None:
            return _layer(analysis, number, step)
    for number, instance in enumerate(graph.instances):
        if instance.path == path and number and instance.use_of is None:
            return _instance(analysis, number, instance)
    value = analysis.value_at(path)
    if value is None:
        return None
    # Any text can name a value: one that is no name would begin the line as it likes.
    said = path if path.replace(".", "_").isidentifier() else quoted(path)
    for number, step in enumerate(graph.steps):
        if value in step.outputs:
            named = step.path or step.layer.op.name
            return [f"{said} is the result of {named}", "", *_layer(analysis, number, step)]
    return [f"{said} is an input of the network: {graph.types[value]}"]


def paths_of(graph: Graph) -> list[str]:
    """What `explained` knows, for proposals."""
    steps = [step.path for step in graph.steps if step.use_of is None]
    instances = [node.path for node in graph.instances[1:] if node.use_of is None]
    return [*instances, *steps, *graph.instances[0].names]


# --- A layer --------------------------------------------------------------------------------------


def _layer(analysis: Analysis, number: int, step: Step) -> list[str]:
    graph = analysis.graph
    lines = [f"{step.path}: {described(step.layer)}", f"  written at {step.origin.span}"]
    lines += [f"  in {frame.block}, called at {frame.span}" for frame in graph.trail(step.parent)]
    uses = sum(other.use_of == number for other in graph.steps)
    if uses:
        lines.append(f"  shared: applied {uses + 1} times, here at its first use")
    if not analysis.live[number]:
        lines.append("  runs in training mode only, so it counts no MACs in the network's total")
    layer = analysis.at_sizes(step.layer)
    if layer is None:
        names = [symbol.name for symbol in graph.symbols if symbol.name not in graph.sizes]
        what = "The size" if len(names) == 1 else "The sizes"
        lacks = "has no value" if len(names) == 1 else "have no values"
        return [*lines, "", f"{what} {', '.join(names)} {lacks}; --input gives one."]
    arithmetic = layer.op.arithmetic(layer)
    for value in step.inputs:
        shape = shape_text(analysis.shape(value))
        lines += ["", *_section("input", f"{shape} from {source_of(graph, value)}", ())]
    for value in step.outputs:
        lines += ["", *_section("output", shape_text(analysis.shape(value)), arithmetic.shape)]
    lines += ["", *_section("parameters", f"{layer.params:,}", arithmetic.params)]
    lines += ["", *_section("MACs", f"{analysis.macs_of(step.layer):,}", arithmetic.macs)]
    return [*lines, "", *_receptive(analysis, step, layer)]


def source_of(graph: Graph, value: int) -> str:
    """Which layer or input a value comes from."""
    for given in graph.inputs:
        if given.value == value:
            return f"the input {given.name}"
    for step in graph.steps:
        if value in step.outputs:
            return step.path or step.layer.op.name
    raise AssertionError(f"value {value} comes from nowhere")


def _section(title: str, figure: str, lines: tuple[str, ...] | list[str]) -> list[str]:
    return [f"{title:<16} {figure}", *(f"    {line}" for line in lines)]


# --- Receptive fields -----------------------------------------------------------------------------


def _receptive(analysis: Analysis, step: Step, layer: Layer) -> list[str]:
    """From the fields of the inputs to that of the result."""
    graph = analysis.graph
    value = step.outputs[0]
    after = analysis.fields[value]
    before = [analysis.fields[read] for read in step.inputs]
    figure = per_axis_text(analysis.field_size(value))
    title = f"{figure}, stride {per_axis_text(analysis.field_stride(value))}"
    if analysis.is_unknown(value):
        behind = any(analysis.is_unknown(read) for read in step.inputs)
        why = f"only the code of {layer.op.name} knows what a position reads"
        return _section(
            "receptive field", "unknown", ["it lies behind an extern op" if behind else why]
        )
    if after is None:
        if any(analysis.is_unknown(read) for read in step.inputs):
            all_ = f"{layer.op.name} reads all positions of its input"
            return _section("receptive field", "the whole input", [all_])
        if not any(field is not None for field in before):
            spatial = any(graph.types[given.value].rank for given in graph.inputs)
            seen = (
                "the whole input, as before" if spatial else "none: the input has no spatial axes"
            )
            return _section("receptive field", seen, ())
        sources = ", ".join(_seen(field) for field in before if field is not None)
        return _section(
            "receptive field",
            "the whole input",
            [f"{layer.op.name} reads all positions of its input (each sees {sources})"],
        )
    reach = layer.op.reach(layer)
    if len(before) > 1:
        return _section("receptive field", title, _merge_lines(analysis, step))
    assert before[0] is not None
    if reach in (POINTWISE, GLOBAL):
        same = "unchanged: every position reads the same position of its input"
        return _section("receptive field", title, [same])
    lines = [
        _window_line(axis, field, result, window)
        for axis, field, result, window in zip(
            AXES.get(len(after), ()), before[0], after, reach, strict=False
        )
        if field is not None and result is not None and isinstance(window, Window)
    ]
    return _section("receptive field", title, lines)


def _window_line(axis: str, before: Extent, after: Extent, window: Window) -> str:
    """``height: 11 + (3 - 1) * 4 = 19, stride 4 * 2 = 8``."""
    kernel, stride, _, dilation, transposed = window
    jump = f"{before.stride:g}"
    if transposed or len(before.low) > 1:
        joint = "/" if transposed else "*"
        return (
            f"{axis}: {before.size} becomes {after.size}, the most that any position sees, "
            f"stride {jump} {joint} {stride} = {after.stride:g}"
        )
    span = f"({kernel} - 1)" if dilation == 1 else f"{dilation} * ({kernel} - 1)"
    return (
        f"{axis}: {before.size} + {span} * {jump} = {after.size}, "
        f"stride {jump} * {stride} = {after.stride:g}"
    )


def _merge_lines(analysis: Analysis, step: Step) -> list[str]:
    lines = ["what its operands see together:"]
    for read in step.inputs:
        field = analysis.fields[read]
        seen = "the whole input, left out here" if field is None else _seen(field)
        lines.append(f"  {source_of(analysis.graph, read)}: {seen}")
    return lines


def _seen(field: Field) -> str:
    return "x".join("?" if extent is None else str(extent.size) for extent in field)


# --- A block --------------------------------------------------------------------------------------


def _instance(analysis: Analysis, number: int, instance: Instance) -> list[str]:
    graph = analysis.graph
    arguments = ", ".join(f"{name}={_plain(value)}" for name, value in instance.args)
    what = f"{instance.definition}({arguments})" if instance.definition else "layers in sequence"
    lines = [f"{instance.path}: {what}", f"  written at {instance.origin.span}"]
    lines += [
        f"  in {frame.block}, called at {frame.span}" for frame in graph.trail(instance.parent)
    ]
    if instance.doc:
        lines += [f"  {quoted(' '.join(instance.doc.split()))}"]
    for value in instance.inputs:
        lines += ["", f"input   {shape_text(analysis.shape(value))} from {source_of(graph, value)}"]
    lines += [f"output  {shape_text(analysis.shape(value))}" for value in instance.outputs]
    rows = Table(analysis).rows(depth=1, fold=False, within=number)
    total = f"together: {sum(row.params for row in rows):,} parameters"
    macs = [row.macs for row in rows if row.macs is not None]
    if len(macs) == len(rows):
        total += f", {sum(macs):,} MACs"
    return [*lines, "", *text_rows(rows), "", total]


def _plain(value: object) -> str:
    """An argument as the language writes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_plain, value))}]"
    if isinstance(value, str):
        return quoted(value)
    return str(value)
