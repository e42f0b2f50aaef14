"""A drawing as Mermaid, which GitHub, GitLab and many editors show in Markdown."""

from collections.abc import Iterator

from archdsl.backends.diagram.records import Drawing, Edge, Member, Node
from archdsl.backends.diagram.style import Theme

_BRACKETS = {
    "input": ("([", "])"),
    "output": ("([", "])"),
    "block": ("[[", "]]"),
    "conv": ("[", "]"),
    "linear": ("{{", "}}"),
    "attention": ("[[", "]]"),
    "norm": ("(", ")"),
    "activation": ("([", "])"),
    "pool": ("[\\", "/]"),
    "resample": ("[/", "\\]"),
    "merge": ("((", "))"),
    "shape": ("[/", "/]"),
    "regularise": (">", "]"),
    "extern": ("[(", ")]"),
}
"""What makes each kind its shape."""

_MARKS = {
    "training": "stroke-dasharray:5 4",
    "frozen": "fill-opacity:0.3,stroke-opacity:0.5",
}
"""How nodes look of which something more is to be said."""

MOST_EDGES = 500
MOST_LETTERS = 50_000
"""Mermaid draws no more in its default settings, and nothing at all beyond."""

_PLAIN = frozenset(" .,/+-×=()")


def mermaid_text(drawing: Drawing, theme: Theme, direction: str) -> str:
    """The text of a `.mmd` file; `direction` is ``TB`` or ``LR``."""
    return "\n".join(_lines(drawing, theme, direction)) + "\n"


def escaped(text: str) -> str:
    """A text within quotes that means itself: all but letters, digits and a few signs as codes."""
    return "".join(
        letter if letter.isalnum() or letter in _PLAIN else f"#{ord(letter)};"
        for letter in " ".join(text.split())
    )


def identifier(text: str) -> str:
    """An id for a text, different for different ones: letters, digits and underscores.

    `n_` in front keeps clear of the words of Mermaid.
    """
    codes = {".": "__", "_": "_u", "-": "_h", "@": "_a", ":": "_c"}
    return "n_" + "".join(
        letter
        if letter.isascii() and letter.isalnum()
        else codes.get(letter, f"_x{ord(letter):x}_")
        for letter in text
    )


def _lines(drawing: Drawing, theme: Theme, direction: str) -> Iterator[str]:
    yield f"flowchart {direction}"
    yield f"  accTitle: {escaped(f'{drawing.name}, {drawing.subtitle}')}"
    for member in drawing.members:
        yield from _member(member, 1)
    # Mermaid colours connections by number: skips come first, so that no other change moves them.
    for edge in sorted(drawing.edges, key=lambda edge: not edge.skip):
        yield _edge(edge)
    yield from _styles(drawing, theme)


def _member(member: Member, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(member, Node):
        yield f"{indent}{_node(member)}:::{member.kind}"
        for mark in _marks(member):
            yield f"{indent}class {identifier(member.id)} {mark}"
        return
    repeats = f" ×{member.repeats}" if member.repeats > 1 else ""
    title = ": ".join(filter(None, (member.name, member.head))) + repeats
    texts = "<br>".join(escaped(text) for text in (title, *member.notes))
    yield f'{indent}subgraph {identifier(member.id)}["{texts}"]'
    for inner in member.members:
        yield from _member(inner, depth + 1)
    yield f"{indent}end"


def _node(node: Node) -> str:
    opening, closing = _BRACKETS[node.kind]
    first = f"<b>{escaped(node.head)}</b>"
    if node.tail:
        first += f", {escaped(node.tail)}"
    if node.repeats > 1:
        first += f" <b>×{node.repeats}</b>"
    below = [escaped(text) for text in (node.name, *node.notes) if text]
    return f'{identifier(node.id)}{opening}"{"<br>".join([first, *below])}"{closing}'


def _marks(node: Node) -> list[str]:
    return [*(["training"] if node.training else []), *(["frozen"] if node.frozen else [])]


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.training else "==>" if edge.skip else "-->"
    label = f'|"{escaped(edge.label)}"|' if edge.label else ""
    return f"  {identifier(edge.source)} {arrow}{label} {identifier(edge.target)}"


def _styles(drawing: Drawing, theme: Theme) -> Iterator[str]:
    """A class for each kind, and thick lines in the colour of skips."""
    for kind in dict.fromkeys(node.kind for node in drawing.nodes()):
        paint = theme.kinds[kind]
        yield f"  classDef {kind} fill:{paint.fill},stroke:{paint.line},color:{paint.text}"
    marks = {mark for node in drawing.nodes() for mark in _marks(node)}
    yield from (f"  classDef {mark} {_MARKS[mark]}" for mark in _MARKS if mark in marks)
    skips = sum(edge.skip for edge in drawing.edges)
    if skips:
        yield (
            f"  linkStyle {','.join(map(str, range(skips)))} stroke:{theme.skip},stroke-width:2px"
        )
