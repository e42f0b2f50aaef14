"""A network's table as text for a terminal, Markdown, CSV and HTML."""

from collections.abc import Sequence

from archdsl.analysis.figures import Analysis, PerAxis
from archdsl.analysis.table import Row, Table

COLUMNS = ("layer", "op", "output", "params", "MACs", "field", "stride")
_NUMERIC = (False, False, False, True, True, True, True)
_INDENT = "  "


def text(analysis: Analysis, depth: int | None = None, fold: bool = True) -> str:
    """The table for a terminal: the inputs, a row for each layer or block, and the totals."""
    lines = [f"{analysis.graph.name}: {inputs_text(analysis)}", ""]
    lines += text_rows(Table(analysis).rows(depth, fold))
    totals = totals_of(analysis)
    width = max(len(name) for name, _ in totals)
    return "\n".join([*lines, "", *(f"{name:<{width}}  {value}" for name, value in totals)]) + "\n"


def text_rows(rows: Sequence[Row]) -> list[str]:
    """Aligned lines for a terminal: the column names, a rule, and the rows."""
    return aligned(COLUMNS, [cells_of(row) for row in rows], _NUMERIC)


def markdown(analysis: Analysis, depth: int | None = None, fold: bool = True) -> str:
    """The same rows and totals as Markdown; inner rows are indented with no-break spaces."""
    rows = [cells_of(row) for row in Table(analysis).rows(depth, fold)]
    lines = [
        f"### {escaped(analysis.graph.name)}",
        "",
        f"{escaped(inputs_text(analysis))}",
        "",
        *markdown_head(COLUMNS, _NUMERIC),
    ]
    for label, *cells in rows:
        name = label.lstrip()
        indented = "&nbsp;" * (2 * (len(label) - len(name))) + escaped(name)
        lines.append(f"| {' | '.join((indented, *map(escaped, cells)))} |")
    lines += ["", *(f"- {name}: {value}" for name, value in totals_of(analysis))]
    return "\n".join(lines) + "\n"


def csv(analysis: Analysis) -> str:
    """A line for every layer, named as in the JSON report; unknown figures are empty."""
    header = "path,op,block,inputs,output,params,macs,receptive_field,stride,line"
    lines = [header]
    for row in Table(analysis).layers():
        cells = (
            row.path,
            row.op,
            row.block,
            " ".join(_size_text(shape) for shape in row.inputs),
            _size_text(row.output),
            str(row.params),
            "" if row.macs is None else str(row.macs),
            per_axis_text(row.receptive_field, ""),
            per_axis_text(row.stride, ""),
            str(row.line),
        )
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def html(analysis: Analysis, depth: int | None = None, fold: bool = True) -> str:
    """The table as an HTML fragment, for notebooks."""
    from html import escape

    def row_html(cells: Sequence[str], tag: str) -> str:
        aligned = (
            f'<{tag} style="text-align: {"right" if numeric else "left"}; white-space: pre">'
            f"{escape(cell)}</{tag}>"
            for cell, numeric in zip(cells, _NUMERIC, strict=True)
        )
        return f"<tr>{''.join(aligned)}</tr>"

    body = "".join(row_html(cells_of(row), "td") for row in Table(analysis).rows(depth, fold))
    totals = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in totals_of(analysis)
    )
    return (
        f"<p><b>{escape(analysis.graph.name)}</b>: {escape(inputs_text(analysis))}</p>"
        f"<table><thead>{row_html(COLUMNS, 'th')}</thead><tbody>{body}</tbody></table>"
        f"<table><tbody>{totals}</tbody></table>"
    )


# --- Cells ----------------------------------------------------------------------------------------


def cells_of(row: Row) -> tuple[str, ...]:
    """The texts of a row, one a column."""
    what = row.what
    if row.repeats > 1:
        what += f" x{row.repeats}"
    if row.uses > 1:
        what += f", used {row.uses} times"
    if row.training:
        what += " (training only)"
    return (
        _INDENT * row.level + row.label,
        what.lstrip(" ,"),
        shape_text(row.shape),
        f"{row.params:,}",
        "?" if row.macs is None else f"{row.macs:,}",
        per_axis_text(row.receptive_field),
        per_axis_text(row.stride),
    )


def shape_text(shape: tuple[int, ...] | None) -> str:
    """``[64, 112, 112]``; ``?`` where a size has no value."""
    return "?" if shape is None else f"[{', '.join(map(str, shape))}]"


def per_axis_text(figure: PerAxis, absent: str = "-") -> str:
    """``427``, or ``7x9`` where the axes differ."""
    if figure is None:
        return absent
    axes = figure if isinstance(figure, tuple) else (figure,)
    return "x".join("?" if axis is None else f"{axis:g}" for axis in axes)


def inputs_text(analysis: Analysis) -> str:
    """The inputs with their shapes, and the values that symbolic sizes were given."""
    graph = analysis.graph
    given = ", ".join(f"{entry.name} {graph.types[entry.value]}" for entry in graph.inputs)
    if not graph.symbols:
        return given
    values = ", ".join(
        f"{symbol.name}={graph.sizes[symbol.name]}"
        if symbol.name in graph.sizes
        else f"{symbol.name} without a value (give one: --input {symbol.name}=224)"
        for symbol in graph.symbols
    )
    return f"{given} at {values}"


def totals_of(analysis: Analysis) -> list[tuple[str, str]]:
    """The figures of the whole network, as name and text."""
    totals = [
        ("parameters", f"{analysis.params:,} ({megabytes(4 * analysis.params)} in float32)"),
        ("buffers", f"{analysis.buffers:,}"),
    ]
    if analysis.macs is not None and analysis.flops is not None:
        totals.append(("MACs", f"{analysis.macs:,} ({scaled(analysis.flops)}FLOPs)"))
    if analysis.activations is not None and analysis.peak_memory is not None:
        peak = f"{megabytes(analysis.peak_memory)} at once, batch 1, float32"
        totals.append(("activations", f"{analysis.activations:,} ({peak})"))
    totals.append(("depth", f"{analysis.depth} ({analysis.layers} layers in all)"))
    if analysis.receptive_field is not None:
        field, stride = per_axis_text(analysis.receptive_field), per_axis_text(analysis.stride)
        totals.append(("receptive field", f"{field}, stride {stride}"))
    elif analysis.is_field_unknown:
        totals.append(("receptive field", "unknown behind an extern op"))
    return totals


def megabytes(size: int) -> str:
    """``102.2 MB``, in powers of ten."""
    if size < 1e3:
        return f"{size} B"
    return f"{size / 1e3:,.1f} kB" if size < 1e6 else f"{size / 1e6:,.1f} MB"


def scaled(count: int) -> str:
    """A count with three digits and the start of its unit: ``8.18 G``, ``602 M``."""
    value, unit = float(count), ""
    for larger in ("k", "M", "G", "T"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    digits = 0 if value >= 99.95 or not unit else 1 if value >= 9.995 else 2
    return f"{value:.{digits}f} {unit}"


def _size_text(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else "x".join(map(str, shape))


def aligned(
    names: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]
) -> list[str]:
    """Lines for a terminal: the names of the columns, a rule, and the rows."""
    cells = [names, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    lines = [
        "  ".join(
            f"{cell:>{width}}" if right else f"{cell:<{width}}"
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    return [lines[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def markdown_head(names: Sequence[str], numeric: Sequence[bool]) -> list[str]:
    """The lines above the rows of a Markdown table."""
    rule = " | ".join("---:" if right else "---" for right in numeric)
    return [f"| {' | '.join(names)} |", f"| {rule} |"]


def escaped(cell: str) -> str:
    """Text that means itself in Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in cell)
