"""Texts that try to be more than text, and a drawing that has one wherever there is a place."""

from archdsl.backends.diagram.records import Cluster, Drawing, Edge, Member, Node

HOSTILE = [
    'a"b',
    "a\\",
    "a\\\\",
    "\\N \\G \\E \\T \\H \\L",
    "<b>bold</b>",
    "<",
    "<<TABLE><TR><TD>x</TD></TR></TABLE>>",
    "</script><script>alert(1)</script>",
    "<!-- x --><![CDATA[",
    "a\nb",
    "a\\nb\\l",
    "&amp;",
    "&#60;script&#62;",
    "#quot;#35;",
    "]]>",
    "-->",
    'x"]; evil [label="y',
    "}\ndigraph evil {",
    'javascript:alert("1")',
    "a\x00b\x1b[1m",
    "\ufffe",
    "\udc80",
    "a\u2028b\x85c\x0cd",
    "%%{init: {}}%%",
    "%% comment",
    "`code` **bold**",
    "end",
    "subgraph x",
    "a:::conv",
    "style a fill:red",
    "a@{shape: rect}",
    'a"]\n  click b "javascript:alert(1)"',
    "ümläut 漢字 🙂",
    "a\r\nb\tc",
]


def example(text: str) -> Drawing:
    """A drawing with a text in every place that has one, names of nodes included."""

    def own(place: str) -> str:
        return f"{text} {place}"

    def node(place: str, kind: str, training: bool = False) -> Node:
        return Node(own(place), kind, text, text, text, 2, (text,), text, training, not training)

    inner = (node("b", "conv"), node("c", "linear"))
    members: tuple[Member, ...] = (
        node("a", "input"),
        Cluster(f"cluster_{own('k')}", text, text, 2, (text,), text, False, inner),
        node("d", "pool", training=True),
    )
    edges = (
        Edge(own("a"), own("b"), text, False, True, False, 0),
        Edge(own("a"), own("c"), text, True, False, False, 0),
        Edge(own("b"), own("c"), text, False, True, False, 1),
        Edge(own("c"), own("d"), text, True, False, True, 2),
    )
    return Drawing(text, text, text, members, edges)
