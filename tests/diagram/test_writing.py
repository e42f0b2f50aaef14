"""DOT and Mermaid: whole texts, what a small change changes, and names that try to be more."""

import json
import re
import subprocess
from xml.etree import ElementTree

import pytest

from archdsl.backends.diagram import THEMES, Diagram, Look
from archdsl.backends.diagram.dot import dot_text
from archdsl.backends.diagram.engine import program_of, render
from archdsl.backends.diagram.mermaid import escaped, identifier, mermaid_text
from archdsl.backends.diagram.shapes import SHAPES
from archdsl.backends.diagram.style import ORDER, faded
from tests.diagram.hostile import HOSTILE, example
from tests.diagram.nets import named
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


# --- names that try to be more --------------------------------------------------------------------


def structure(dot: str) -> dict[str, list[dict[str, str]]]:
    """A text of DOT as Graphviz reads it."""
    program = program_of("graphviz-pure")
    assert program
    done = subprocess.run(
        [program, "-q", "-Tjson"], input=dot.encode("utf-8"), capture_output=True, check=True
    )
    found: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return found


def elements(picture: bytes) -> list[tuple[str, list[str]]]:
    """The tags and attributes of a picture; lines of text aside, whose number texts may change.

    None of them leads anywhere.
    """
    found = [
        (element.tag.partition("}")[2], sorted(element.attrib))
        for element in ElementTree.fromstring(picture).iter()
    ]
    assert not [name for _, names in found for name in names if name.endswith("href")]
    return [(tag, names) for tag, names in found if tag != "text"]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_names_change_no_structure_of_dot(text: str) -> None:
    theme = THEMES["light"]
    harmless, hostile = (dot_text(example(one), theme, "TB") for one in ("harmless", text))
    before, after = (structure(one) for one in (harmless, hostile))
    assert [one.keys() for one in before["objects"]] == [one.keys() for one in after["objects"]]
    assert [one.keys() for one in before["edges"]] == [one.keys() for one in after["edges"]]
    ends = [[(one["tail"], one["head"]) for one in shape["edges"]] for shape in (before, after)]
    assert ends[0] == ends[1]
    if text.isprintable() and not {"\\", "&", "%"} & set(text):  # which JSON has in other ways
        names = [one["name"].replace("harmless", text) for one in before["objects"]]
        assert [one["name"] for one in after["objects"]] == names
    pictures = [render(one, "svg", None, 60) for one in (harmless, hostile)]
    assert elements(pictures[0]) == elements(pictures[1])


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
    r'|  +n_\w+\W{1,2}"[\w#;., /+()=×<>-]*"\W{1,2}:::\w+'
    r'|  n_\w+ (-->|==>|-\.->)(\|"[\w#;., /+()=×-]*"\|)? n_\w+'
    r"|  classDef \w+ [\w#:,. -]+| +class \w+ (training|frozen)|  linkStyle [\d,]+ [\w#:,-]+"
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
        frozen = faded(paint, theme)
        assert contrast(frozen.fill, frozen.text) >= 4.5 or kind in ("input", "output"), kind
        if kind not in ("input", "output"):
            assert contrast(paint.fill, theme.faint) >= 4.5, kind
    for fill in (theme.paper, *theme.frames):
        assert contrast(fill, theme.faint) >= 4.5
        assert contrast(fill, theme.ink) >= 4.5


def test_kinds_differ_without_colour() -> None:
    looks = [SHAPES[kind][:2] for kind in ORDER]
    assert len(set(looks)) == len(looks)
