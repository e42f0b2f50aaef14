"""DOT and Mermaid: whole texts, what a small change changes, and names that try to be more."""

import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archdsl.backends.diagram import THEMES, Diagram, Look
from archdsl.backends.diagram.dot import SHAPES, dot_text
from archdsl.backends.diagram.engine import program_of, render
from archdsl.backends.diagram.mermaid import escaped, identifier, mermaid_text
from archdsl.backends.diagram.records import Cluster, Drawing, Edge, Member, Node
from archdsl.backends.diagram.style import ORDER
from tests.diagram.nets import named, written
from tests.golden import check_golden

GOLDEN = {
    "lenet5_layer": ("specs/lenet.arch:LeNet5", Look("layer")),
    "resnet18_block": ("specs/resnet.arch:ResNet18", Look("block")),
    "resnet152_stage": ("specs/resnet.arch:ResNet152", Look("stage", show=("params", "macs"))),
    "googlenet_block": ("specs/googlenet.arch:GoogLeNet", Look("block", direction="LR")),
    "efficientnet_b0_stage": ("specs/efficientnet.arch:EfficientNetB0", Look("stage")),
    "several_layer": ("tests/backends/corpus/flows.arch:Several", Look("layer", theme="dark")),
    "shared_block": ("tests/backends/corpus/flows.arch:Shared", Look("block", theme="print")),
    "unet_block": ("tests/diagram/dense.arch:UNet", Look("block", show=("field",))),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_whole_texts(name: str) -> None:
    spec, look = GOLDEN[name]
    diagram = Diagram(named(spec), look)
    check_golden(f"diagram/{name}.dot", str(diagram))
    check_golden(f"diagram/{name}.mmd", diagram.mermaid)


CHAIN = """\
network Chain {
  input image: image[3, 16, 16]
  conv(8) -> bn -> relu
  conv(8)
  stage = { conv(8) -> relu; conv(8, 1) }
  gap -> flatten
  linear(10)
}
"""


@pytest.mark.parametrize("level", ["block", "layer"])
def test_a_changed_layer_changes_its_own_lines(tmp_path: Path, level: str) -> None:
    before = written(tmp_path, CHAIN, level=level)
    after = written(tmp_path, CHAIN.replace("conv(8, 1)", "conv(8, 5)"), level=level)
    for old, new in ((before.dot, after.dot), (before.mermaid, after.mermaid)):
        lines = zip(old.split("\n"), new.split("\n"), strict=True)
        changed = [(one, other) for one, other in lines if one != other]
        # The layer, the frame around it (its parameters), and the totals in the title.
        assert len(changed) <= 3
        assert any("conv 1×1" in one and "conv 5×5" in other for one, other in changed)


def test_an_added_layer_adds_lines(tmp_path: Path) -> None:
    before = written(tmp_path, CHAIN, level="layer").dot.split("\n")
    longer = CHAIN.replace("  gap", "  avgpool(1)\n  gap")
    after = set(written(tmp_path, longer, level="layer").dot.split("\n"))
    lost = [line for line in before if line not in after]
    # The title, and the connection that the new layer stands in.
    assert len(lost) <= 2
    assert all(line.startswith("  graph") or "->" in line for line in lost)


# --- names that try to be more --------------------------------------------------------------------

HOSTILE = [
    'a"b',
    "a\\",
    "a\\\\",
    "<b>bold</b>",
    "<",
    "a\nb",
    "a\\nb\\l",
    "&amp;",
    "&#60;script&#62;",
    "]]>",
    "-->",
    'x"]; evil [label="y',
    'javascript:alert("1")',
    "a\x00b\x1b[1m",
    "\ufffe",
    "%%{init: {}}%%",
    "`code` **bold**",
    "end",
    'a"]\n  click b "javascript:alert(1)"',
    "ümläut 漢字 🙂",
    "a\r\nb\tc",
]


def example(text: str) -> Drawing:
    """A drawing with a text in every place that has one."""

    def node(place: str, kind: str, training: bool = False) -> Node:
        return Node(place, kind, text, text, text, 2, (text,), text, training)

    inner = (node("b", "conv"), node("c", "linear"))
    members: tuple[Member, ...] = (
        node("a", "input"),
        Cluster("cluster_k", text, text, 2, (text,), text, False, inner),
        node("d", "pool", training=True),
    )
    edges = (
        Edge("a", "b", text, False, True, False),
        Edge("b", "c", text, False, True, False),
        Edge("a", "d", text, True, False, True),
    )
    return Drawing(text, text, text, members, edges)


def structure(dot: str) -> dict[str, list[dict[str, str]]]:
    """A text of DOT as Graphviz reads it."""
    program = program_of("graphviz-pure")
    assert program
    done = subprocess.run(
        [program, "-q", "-Tjson"], input=dot.encode("utf-8"), capture_output=True, check=True
    )
    found: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return found


def elements(picture: bytes) -> list[str]:
    """The tags of a picture, without the lines of text, whose number texts may change."""
    found = [element.tag.partition("}")[2] for element in ElementTree.fromstring(picture).iter()]
    return [tag for tag in found if tag != "text"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_names_change_no_structure_of_dot(text: str) -> None:
    theme = THEMES["light"]
    harmless, hostile = (dot_text(example(one), theme, "TB") for one in ("harmless", text))
    shapes = [structure(one) for one in (harmless, hostile)]
    names = [[one["name"] for one in shape["objects"]] for shape in shapes]
    ends = [[(one["tail"], one["head"]) for one in shape["edges"]] for shape in shapes]
    assert names[0] == names[1]
    assert ends[0] == ends[1]
    pictures = [render(one, "svg", None, 20) for one in (harmless, hostile)]
    assert elements(pictures[0]) == elements(pictures[1])
    # Tooltips lead nowhere.
    for element in ElementTree.fromstring(pictures[1]).iter():
        assert not [name for name in element.attrib if name.endswith("href")]


def test_names_appear_as_they_are() -> None:
    text = 'a"b <c> &amp; \\n d\\'
    picture = ElementTree.fromstring(
        render(dot_text(example(text), THEMES["light"], "TB"), "svg", None, 20)
    )
    shown = {(element.text or "").replace("\xa0", " ") for element in picture.iter()}
    assert text in shown
    titles = {
        value for one in picture.iter() for key, value in one.items() if key.endswith("title")
    }
    assert text in titles


_MERMAID = re.compile(
    r"flowchart TB|  accTitle: [\w#;., /+()=×-]*"
    r'|  +subgraph n_\w+\["[\w#;., /+()=×<>-]*"\]|  +end'
    r'|  +n_\w+\W{1,2}"[\w#;., /+()=×<>-]*"\W{1,2}'
    r'|  n_\w+ (-->|==>|-\.->)(\|"[\w#;., /+()=×-]*"\|)? n_\w+'
    r"|  classDef \w+ [\w#:,. -]+|  class [\w,]+ \w+|  linkStyle [\d,]+ [\w#:,-]+"
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_names_change_no_structure_of_mermaid(text: str) -> None:
    theme = THEMES["light"]
    harmless, hostile = (mermaid_text(example(one), theme, "TB") for one in ("harmless", text))
    assert hostile.count("\n") == harmless.count("\n")
    for line in hostile.splitlines():
        assert _MERMAID.fullmatch(line), line
    tags = [re.findall(r"<[^>]*>", one) for one in (harmless, hostile)]
    assert tags[0] == tags[1]


def test_escapes_of_mermaid() -> None:
    assert escaped('a"b#c<d>`e') == "a#34;b#35;c#60;d#62;#96;e"
    assert escaped("conv 3×3 /2, bn") == "conv 3×3 /2, bn"


def test_identifiers_of_mermaid_differ_where_paths_do() -> None:
    paths = [
        "a.b",
        "a_b",
        "a__b",
        "a-b",
        "a_ub",
        "a_.b",
        "a._b",
        "a@2",
        "in:a",
        "a.u",
        "end",
        "a_h",
    ]
    found = [identifier(path) for path in paths]
    assert len(set(found)) == len(paths)
    assert all(re.fullmatch(r"n_\w+", one) for one in found)


# --- looks ----------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_text_is_legible(name: str) -> None:
    """At least 4.5 to 1 (WCAG 2.1, level AA), names in small type included."""
    theme = THEMES[name]
    for kind, paint in theme.kinds.items():
        assert contrast(paint.fill, paint.text) >= 4.5, kind
        if kind not in ("input", "output"):
            assert contrast(paint.fill, theme.faint) >= 4.5, kind
    for fill in (theme.paper, *theme.frames):
        assert contrast(fill, theme.faint) >= 4.5
        assert contrast(fill, theme.ink) >= 4.5


def test_kinds_differ_without_colour() -> None:
    looks = [SHAPES[kind][:2] for kind in ORDER]
    assert len(set(looks)) == len(looks)


def test_pictures_have_the_same_bytes() -> None:
    diagram = Diagram(named("specs/lenet.arch:LeNet5"), Look())
    assert diagram.svg() == Diagram(named("specs/lenet.arch:LeNet5"), Look()).svg()
