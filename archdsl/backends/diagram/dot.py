"""A drawing as DOT, the language of Graphviz.

Labels are Graphviz's HTML-like ones, for their two sizes of type. `quoted` and `marked_up` are the
only ways into the text for anything that a user can name.
"""

from collections.abc import Iterator, Sequence

from archdsl.backends.diagram.metrics import text_width
from archdsl.backends.diagram.records import Cluster, Drawing, Edge, Member, Node
from archdsl.backends.diagram.style import FONT, ORDER, TITLES, Paint, Theme
from archdsl.records import NamedTuple


class Shape(NamedTuple):
    """How a kind of node looks.

    Attributes:
        attributes: of DOT.
        style: what is added to its style.
        room: of a shape with slanted sides, how much wider than its text it is.
    """

    attributes: str
    style: str = ""
    room: float = 0.0


SHAPES = {
    "input": Shape("shape=box", "rounded"),
    "output": Shape("shape=box", "rounded"),
    "block": Shape('shape=box3d, margin="0.16,0.09"'),
    "conv": Shape("shape=box"),
    "linear": Shape("shape=hexagon", room=1.45),
    "attention": Shape("shape=component"),
    "norm": Shape("shape=box", "rounded"),
    "activation": Shape("shape=ellipse", room=1.4),
    "pool": Shape("shape=polygon, sides=4, distortion=0.25", room=1.2),
    "resample": Shape("shape=polygon, sides=4, distortion=-0.25", room=1.35),
    "merge": Shape("shape=ellipse, peripheries=2", room=1.35),
    "shape": Shape("shape=polygon, sides=4, skew=0.2", room=1.25),
    "regularise": Shape("shape=octagon", room=1.2),
    "extern": Shape("shape=note"),
}

_TYPE, _SMALL = 12, 10
"""Sizes of type, in points."""

_MAIN = 30
"""How much straighter than others the connections of the main path are drawn."""


def dot_text(drawing: Drawing, theme: Theme, direction: str) -> str:
    """The text of a `.dot` file; `direction` is ``TB`` or ``LR``."""
    return "\n".join(_Writer(theme, direction).lines(drawing)) + "\n"


def quoted(text: str) -> str:
    """A text as a string of DOT that means it: no escape of Graphviz, and no entity of HTML."""
    text = _printable(text)
    for mark, escape in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(mark, escape)
    return f'"{text}"'


def marked_up(text: str) -> str:
    """A text within an HTML-like label."""
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(mark, entity)
    return "<BR/>".join(_printable(text).split("\n"))


def _printable(text: str) -> str:
    """Without the characters that XML has no way to write."""
    return "".join(
        letter
        if letter == "\n" or (letter >= " " and letter not in "\x7f\ufffe\uffff")
        else "\ufffd"
        for letter in text.replace("\r\n", "\n").replace("\t", " ")
    )


def _line(node: Node) -> str:
    """The first line of a node, without its type."""
    repeats = f"  ×{node.repeats}" if node.repeats > 1 else ""
    return ", ".join(filter(None, (node.head, node.tail))) + repeats


class _Writer:
    def __init__(self, theme: Theme, direction: str) -> None:
        self._theme = theme
        self._direction = direction
        self._main: set[str] = set()
        """The nodes of the main path, which stand in one line."""

    def lines(self, drawing: Drawing) -> Iterator[str]:
        theme = self._theme
        self._main = {end for edge in drawing.edges if edge.main for end in edge[:2]}
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
            f'    fontname="{FONT}", fontsize={_TYPE}, fontcolor="{theme.ink}", '
            f'bgcolor="{theme.paper}", pad=0.2, nodesep=0.3, ranksep=0.28]'
        )
        yield f'  node [fontname="{FONT}", fontsize={_TYPE}, height=0.36, margin="0.14,0.05"]'
        yield (
            f'  edge [fontname="{FONT}", fontsize={_SMALL}, fontcolor="{theme.faint}", '
            f'color="{theme.ink}", arrowsize=0.7]'
        )
        for member in drawing.members:
            yield from self._member(member, 1)
        for edge in drawing.edges:
            yield self._edge(edge)
        yield from self._legend(drawing)
        yield "}"

    def _member(self, member: Member, depth: int) -> Iterator[str]:
        indent = "  " * depth
        if isinstance(member, Node):
            yield indent + self._node(member)
            return
        yield f"{indent}subgraph {quoted(member.id)} {{"
        style = "rounded,filled,dashed" if member.training else "rounded,filled"
        yield (
            f"{indent}  graph [label={self._cluster_label(member)}, labeljust=l, "
            f'style="{style}", color="{self._theme.faint}", '
            f'fillcolor="{self._theme.frames[(depth - 1) % 2]}", penwidth=0.8, '
            f"tooltip={quoted(member.tooltip)}]"
        )
        for inner in member.members:
            yield from self._member(inner, depth + 1)
        yield f"{indent}}}"

    def _cluster_label(self, cluster: Cluster) -> str:
        """In the left half of the frame: arrows come in at its middle."""
        repeats = f"  ×{cluster.repeats}" if cluster.repeats > 1 else ""
        small = [text for text in (cluster.name, *cluster.notes) if text]
        lines = [f"{cluster.head}{repeats}", *small] if cluster.head else small
        width = max(text_width(line, _SMALL) for line in lines)
        head = [f"<B>{marked_up(lines[0])}</B>"] if cluster.head else []
        text = "".join(f'{line}<BR ALIGN="LEFT"/>' for line in [*head, *map(marked_up, small)])
        return (
            '<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
            f'<TD><FONT POINT-SIZE="{_SMALL}">{text}</FONT></TD>'
            f'<TD WIDTH="{round(72 * width)}"></TD></TR></TABLE>>'
        )

    def _node(self, node: Node) -> str:
        shape = SHAPES[node.kind]
        styles = ["filled", *filter(None, (shape.style, "dashed" if node.training else ""))]
        paint = self._theme.kinds[node.kind]
        return (
            f"{quoted(node.id)} [{shape.attributes}{self._size(node, shape)}, "
            f"{'group=main, ' if node.id in self._main else ''}"
            f'style="{",".join(styles)}", '
            f'fillcolor="{paint.fill}", color="{paint.line}", fontcolor="{paint.text}", '
            f"label={self._label(node, paint)}, tooltip={quoted(node.tooltip)}]"
        )

    def _size(self, node: Node, shape: Shape) -> str:
        if node.kind == "merge" and len(node.head) == 1 and not node.tail and not node.notes:
            return ", peripheries=1, width=0.32, height=0.32, fixedsize=true"
        if not shape.room:
            return ""
        small = [node.name, *node.notes] if node.name else node.notes
        widths = [text_width(_line(node), _TYPE), *(text_width(text, _SMALL) for text in small)]
        height = (1.2 * (_TYPE + _SMALL * len(small)) + 8) / 72
        return f", width={max(widths) * shape.room + 0.1:.2f}, height={height:.2f}, fixedsize=true"

    def _label(self, node: Node, paint: Paint) -> str:
        first = f"<B>{marked_up(node.head)}</B>"
        if node.tail:
            first += f", {marked_up(node.tail)}"
        if node.repeats > 1:
            first += f"  <B>×{node.repeats}</B>"
        is_end = node.kind in ("input", "output")
        faint = paint.text if is_end else self._theme.faint
        below = [node.name, *node.notes] if node.name else node.notes
        return f"<{first}{''.join(self._small(text, faint) for text in below)}>"

    def _small(self, text: str, colour: str) -> str:
        return f'<BR/><FONT POINT-SIZE="{_SMALL}" COLOR="{colour}">{marked_up(text)}</FONT>'

    def _edge(self, edge: Edge) -> str:
        attributes = []
        if edge.label:
            attributes.append(f"label=<{self._beside(marked_up(edge.label))}>")
        if edge.skip:
            attributes += [f'color="{self._theme.skip}"', "penwidth=1.8"]
        if edge.main:
            attributes.append(f"weight={_MAIN}")
        if edge.training:
            attributes.append("style=dashed")
        listed = f" [{', '.join(attributes)}]" if attributes else ""
        return f"  {quoted(edge.source)} -> {quoted(edge.target)}{listed}"

    def _beside(self, text: str) -> str:
        """A label that keeps off its arrow, which Graphviz draws along the edge of the text."""
        if self._direction == "TB":
            return f" {text}"
        return (
            '<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0">'
            f'<TR><TD>{text}</TD></TR><TR><TD HEIGHT="5"></TD></TR></TABLE>'
        )

    def _legend(self, drawing: Drawing) -> Iterator[str]:
        used = {node.kind for node in drawing.nodes()}
        kinds = [kind for kind in ORDER if kind in used]
        names = [f"legend:{kind}" for kind in kinds]
        yield '  subgraph "cluster:legend" {'
        yield f'    graph [label="", style="rounded", color="{self._theme.faint}", penwidth=0.5]'
        for kind in kinds:
            yield self._entry(kind, kind, TITLES[kind], "")
        if any(node.training for node in drawing.nodes()):
            names.append("legend:training")
            yield self._entry("training", "block", "training only", ",dashed")
        if any(edge.skip for edge in drawing.edges):
            names += ["legend:from", "legend:to"]
            yield from self._skip_entry()
        yield from _chained(names)
        yield "  }"

    def _entry(self, name: str, kind: str, title: str, style: str) -> str:
        shape = SHAPES[kind]
        paint = self._theme.kinds[kind]
        width = text_width(title, _SMALL) * (shape.room or 1) + 0.1
        return (
            f'    "legend:{name}" [{shape.attributes}, '
            f'style="{",".join(filter(None, ("filled", shape.style)))}{style}", '
            f"fontsize={_SMALL}, width={width:.2f}, height=0.26, fixedsize=true, "
            f'fillcolor="{paint.fill}", color="{paint.line}", fontcolor="{paint.text}", '
            f'label="{title}", tooltip="{title}"]'
        )

    def _skip_entry(self) -> Iterator[str]:
        for end in ("from", "to"):
            yield f'    "legend:{end}" [shape=point, style=invis, width=0.02, tooltip="skip"]'
        yield (
            f'    "legend:from" -> "legend:to" [color="{self._theme.skip}", penwidth=1.8, '
            f'label=" skip", tooltip="skip"]'
        )


def _chained(names: Sequence[str]) -> Iterator[str]:
    """One below the other."""
    if len(names) > 1:
        yield f"    {' -> '.join(map(quoted, names))} [style=invis]"
