"""The legend of a picture: what occurs in it, in rows before the network."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from archdsl.backends.diagram.markup import quoted
from archdsl.backends.diagram.records import Drawing
from archdsl.backends.diagram.shapes import SHAPES, SMALL
from archdsl.backends.diagram.style import ORDER, TITLES, Theme, faded

_COLUMNS = 3
"""More would make the legend wider than most networks."""

_WIDTH = 1.2
"""Of every entry, in inches: room for the longest title in its shape."""


def legend_lines(
    drawing: Drawing, theme: Theme, direction: str, first: Sequence[str]
) -> Iterator[str]:
    """The legend as DOT.

    In ranks of its own, in which entries are evenly spaced; Graphviz has no better way.

    Args:
        first: the nodes that it stands before.
    """
    entries = dict(_entries(drawing, theme))
    if not entries:
        return
    names = list(entries)
    rows = (
        [names[at : at + _COLUMNS] for at in range(0, len(names), _COLUMNS)]
        if direction == "TB"
        else [names[::-1]]
    )
    yield '  subgraph "cluster:legend" {'
    yield f'    graph [label="", style="rounded", color="{theme.faint}", penwidth=0.5]'
    yield "    edge [style=invis, minlen=1]"
    for row in rows:
        yield from (entries[name] for name in row)
        yield f"    {{ rank=same; {' -> '.join(map(quoted, row))} }}"
    for row, below in pairwise(rows):
        yield from (
            f"    {quoted(one)} -> {quoted(other)}" for one, other in zip(row, below, strict=False)
        )
    yield "  }"
    last = rows[-1]
    for own in first:
        yield f"  {quoted(last[len(last) // 2])} -> {quoted(own)} [style=invis]"


def _entries(drawing: Drawing, theme: Theme) -> Iterator[tuple[str, str]]:
    """Names of nodes, and their lines."""
    used = {node.kind for node in drawing.nodes()}
    for kind in ORDER:
        if kind in used:
            shape = SHAPES[kind]
            paint = theme.kinds[kind]
            yield _entry(
                kind,
                TITLES[kind],
                f'{shape.attributes}, style="{",".join(filter(None, ("filled", shape.style)))}", '
                f'fillcolor="{paint.fill}", color="{paint.line}", fontcolor="{paint.text}"',
            )
    if any(node.training for node in drawing.nodes()):
        yield _entry(
            "training",
            "training only",
            f'shape=box, style=dashed, color="{theme.ink}", fontcolor="{theme.ink}"',
        )
    if any(node.frozen for node in drawing.nodes()):
        paint = faded(theme.kinds["conv"], theme)
        yield _entry(
            "frozen",
            "frozen",
            f'shape=box, style=filled, fillcolor="{paint.fill}", color="{paint.line}", '
            f'fontcolor="{paint.text}"',
        )
    if any(edge.skip for edge in drawing.edges):
        yield (
            "legend:skip",
            (
                f'    "legend:skip" [shape=none, fontsize={SMALL}, fontcolor="{theme.ink}", '
                f"width={_WIDTH:.2f}, height=0.26, fixedsize=true, "
                'label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="1" CELLSPACING="0">'
                f'<TR><TD BORDER="2" SIDES="B" COLOR="{theme.skip}" WIDTH="34">skip</TD></TR>'
                '</TABLE>>, tooltip="skip"]'
            ),
        )


def _entry(name: str, title: str, look: str) -> tuple[str, str]:
    name = f"legend:{name}"
    return name, (
        f'    "{name}" [{look}, fontsize={SMALL}, width={_WIDTH:.2f}, height=0.26, fixedsize=true, '
        f'label="{title}", tooltip="{title}"]'
    )
