"""A drawing as DOT, the language of Graphviz.

Labels are Graphviz's HTML-like ones, for their two sizes of type.
"""

from collections.abc import Iterator, Sequence

from archdsl.backends.diagram.legend import legend_lines
from archdsl.backends.diagram.markup import marked_up, quoted
from archdsl.backends.diagram.metrics import text_width
from archdsl.backends.diagram.records import Cluster, Drawing, Member, Node
from archdsl.backends.diagram.shapes import SHAPES, SMALL, TYPE, size
from archdsl.backends.diagram.style import FONT, Paint, Theme, faded
from archdsl.backends.diagram.valley import valley
from archdsl.backends.diagram.wiring import Stop, Wire, wiring

_MAIN = 1000
"""How much straighter than others the connections of the main path are drawn."""

_ALONE = 10
"""The same for the connections within a branch."""


_BETWEEN = 0.3
"""Inches between neighbours of one rank."""


def dot_text(drawing: Drawing, theme: Theme, direction: str) -> str:
    """The text of a `.dot` file; `direction` is ``TB`` or ``LR``."""
    return "\n".join(_Writer(drawing, theme, direction).lines()) + "\n"


class _Writer:
    def __init__(self, drawing: Drawing, theme: Theme, direction: str) -> None:
        self._drawing = drawing
        self._theme = theme
        self._direction = direction
        self._valley = valley(drawing)
        self._wiring = wiring(drawing, self._valley)
        self._main = {end for edge in drawing.edges if edge.main for end in edge[:2]}
        """The nodes of the main path, which stand in one line."""

    def lines(self) -> Iterator[str]:
        drawing, theme = self._drawing, self._theme
        title = (
            f'<<FONT POINT-SIZE="16"><B>{marked_up(drawing.name)}</B></FONT>'
            f'<BR/><FONT POINT-SIZE="11" COLOR="{theme.faint}">'
            f"{marked_up(drawing.subtitle)}</FONT>>"
        )
        yield f"digraph {quoted(f'network {drawing.name}')} {{"
        yield (
            f"  graph [rankdir={self._direction}, labelloc=t, label={title}, "
            f"tooltip={quoted(drawing.tooltip or drawing.name)},"
        )
        yield (
            f'    fontname="{FONT}", fontsize={TYPE}, fontcolor="{theme.ink}", '
            f'bgcolor="{theme.paper}", pad=0.2, nodesep={_BETWEEN}, ranksep=0.16]'
        )
        yield f'  node [fontname="{FONT}", fontsize={TYPE}, height=0.36, margin="0.14,0.05"]'
        # A line takes two ranks: on the one between its ends shapes stand.
        yield f'  edge [color="{theme.ink}", arrowsize=0.6, minlen=2]'
        first = [node.id for node in drawing.nodes() if node.kind == "input"]
        first += [self._valley.top] if self._valley else []
        yield from legend_lines(drawing, theme, self._direction, first)
        yield from self._members("", drawing.members, 1)
        yield from self._levels()
        yield from map(self._wire, self._wiring.wires)
        yield "}"

    def _levels(self) -> Iterator[str]:
        """What holds the connections across a valley level, and what stands on them inside it."""
        if self._valley is None:
            return
        rungs = [list(map(quoted, rung)) for rung in self._valley.rungs]
        yield from (f"  {{ rank=same; {'; '.join(rung)} }}" for rung in rungs)
        for pair in self._valley.inside:
            yield f"  {' -> '.join(map(quoted, pair))} [style=invis]"

    def _members(self, around: str, members: Sequence[Member], depth: int) -> Iterator[str]:
        """What stands in a cluster."""
        indent = "  " * depth
        for member in members:
            if isinstance(member, Node):
                yield indent + self._node(member)
            else:
                yield from self._cluster(member, depth)
        for stop in self._wiring.stops.get(around, ()):
            yield indent + self._stop(stop)

    def _cluster(self, cluster: Cluster, depth: int) -> Iterator[str]:
        indent = "  " * depth
        yield f"{indent}subgraph {quoted(cluster.id)} {{"
        style = "rounded,filled,dashed" if cluster.training else "rounded,filled"
        yield (
            f"{indent}  graph [label={self._cluster_label(cluster)}, labeljust=l, "
            f'style="{style}", color="{self._theme.faint}", '
            f'fillcolor="{self._theme.frames[(depth - 1) % 2]}", penwidth=0.8, '
            f"tooltip={quoted(cluster.tooltip)}]"
        )
        yield from self._members(cluster.id, cluster.members, depth + 1)
        yield from (f"{indent}  {line}" for line in self._room(cluster))
        yield f"{indent}}}"

    def _room(self, cluster: Cluster) -> Iterator[str]:
        """Room for a title on the left of where the main path comes in.

        Where a line forks, skips widen the frame on the right alone.
        """
        width = max(text_width(line, SMALL) for line in _title(cluster)) - _BETWEEN + 0.1
        if self._direction == "LR" or width <= 0:
            return
        for stop in self._wiring.stops.get(cluster.id, ()):
            if stop.main and not stop.text:
                room = quoted(f"room:{cluster.id}")
                yield (
                    f'{room} [shape=none, style=invis, label="", width={width:.2f}, height=0, '
                    "fixedsize=true]"
                )
                yield f"{{ rank=same; {room} -> {quoted(stop.id)} [style=invis, minlen=1] }}"
                return

    def _cluster_label(self, cluster: Cluster) -> str:
        """Narrow, and in the left half of the frame: arrows come in at its middle."""
        lines = _title(cluster)
        small = lines[1:] if cluster.head else lines
        width = max(text_width(line, SMALL) for line in lines)
        head = [f"<B>{marked_up(lines[0])}</B>"] if cluster.head else []
        text = "".join(f'{line}<BR ALIGN="LEFT"/>' for line in [*head, *map(marked_up, small)])
        return (
            '<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
            f'<TD><FONT POINT-SIZE="{SMALL}">{text}</FONT></TD>'
            f'<TD WIDTH="{round(72 * width) + 6}"></TD></TR></TABLE>>'
        )

    def _node(self, node: Node) -> str:
        shape = SHAPES[node.kind]
        styles = ["filled", *filter(None, (shape.style, "dashed" if node.training else ""))]
        paint = self._theme.kinds[node.kind]
        paint = faded(paint, self._theme) if node.frozen else paint
        repeats = f"  ×{node.repeats}" if node.repeats > 1 else ""
        first = (node.head, node.tail) if self._direction == "TB" else (node.head,)
        second = (node.tail,) if self._direction == "LR" and node.tail else ()
        large = [", ".join(filter(None, first)) + repeats, *second]
        small = list(filter(None, (node.name, *node.notes)))
        return (
            f"{quoted(node.id)} [{shape.attributes}{size(node, large, small)}, "
            f"{self._group(node)}"
            f'style="{",".join(styles)}", '
            f'fillcolor="{paint.fill}", color="{paint.line}", fontcolor="{paint.text}", '
            f"label={self._label(node, small, paint)}, tooltip={quoted(node.tooltip)}]"
        )

    def _group(self, node: Node) -> str:
        """What keeps the main path in one line, or in two."""
        if node.id not in self._main:
            return ""
        rises = self._valley is not None and node.id in self._valley.slope
        return "group=rising, " if rises else "group=main, "

    def _label(self, node: Node, small: Sequence[str], paint: Paint) -> str:
        """The op, what follows it (below it where width counts), and the small lines."""
        first = f"<B>{marked_up(node.head)}</B>"
        repeats = f"  <B>×{node.repeats}</B>" if node.repeats > 1 else ""
        tail = marked_up(node.tail)
        if self._direction == "LR":
            first += repeats + (f"<BR/>{tail}" if tail else "")
        else:
            first += (f", {tail}" if tail else "") + repeats
        is_end = node.kind in ("input", "output")
        faint = paint.text if is_end else self._theme.faint
        return f"<{first}{''.join(self._small(text, faint) for text in small)}>"

    def _small(self, text: str, colour: str) -> str:
        return f'<BR/><FONT POINT-SIZE="{SMALL}" COLOR="{colour}">{marked_up(text)}</FONT>'

    def _stop(self, stop: Stop) -> str:
        group = f", group={'rising' if stop.rises else 'main'}" if stop.main else ""
        if not stop.text:
            look = f'shape=point, width=0.05, color="{self._theme.ink}"'
        else:
            beside = 0.08 if self._direction == "LR" else 0
            look = (
                f'shape=none, width=0, height=0, margin="{beside},0.01", fontsize={SMALL}, '
                f'fontcolor="{self._theme.faint}", label=<{marked_up(stop.text)}>'
            )
        return f'{quoted(stop.id)} [{look}{group}, tooltip=" "]'

    def _wire(self, wire: Wire) -> str:
        source, target = wire.source, wire.target
        attributes = [] if wire.ends else ["arrowhead=none"]
        if wire.rises:
            # Graphviz draws downwards.
            source, target = target, source
            attributes = ["dir=back" if wire.ends else "dir=none"]
        elif self._valley is not None and source in self._valley.slope:
            # Out of the valley, away from what runs across.
            attributes.append("tailport=" + ("e" if self._direction == "TB" else "s"))
        if not wire.whole:
            attributes.append("minlen=1")
        if wire.skip:
            attributes += [f'color="{self._theme.skip}"', "penwidth=1.8"]
        if wire.main:
            attributes += [f"weight={1 if wire.turns else _MAIN}", "penwidth=1.3"]
        elif wire.alone:
            attributes.append(f"weight={_ALONE}")
        if wire.training:
            attributes.append("style=dashed")
        listed = f" [{', '.join(attributes)}]" if attributes else ""
        return f"  {quoted(source)} -> {quoted(target)}{listed}"


def _title(cluster: Cluster) -> list[str]:
    """The lines of a frame's title."""
    repeats = f"  ×{cluster.repeats}" if cluster.repeats > 1 else ""
    lines = [f"{cluster.name}{repeats}", *cluster.notes]
    return [cluster.head, *lines] if cluster.head else lines
