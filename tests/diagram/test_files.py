"""Files, the command, the Python interface, and what is said where a picture cannot be made."""

import os
import re
from pathlib import Path

import html5lib
import pytest

import archdsl as package
from archdsl.analysis import Analysis
from archdsl.backends.diagram import Diagram, DiagramError, Look, diagram, engine
from archdsl.backends.diagram.engine import TooSlow
from archdsl.backends.diagram.mermaid import MOST_EDGES
from tests.cli.commands import Commands
from tests.cli.nets import TINY
from tests.diagram.nets import ROOT, named
from tests.golden import check_golden

LENET = named("specs/lenet.arch:LeNet5")
PNG = b"\x89PNG\r\n"


@pytest.fixture
def without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Graphviz is not installed."""
    monkeypatch.setattr(engine, "program_of", lambda name: None)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("net.svg", b"<?xml"),
        ("net.SVG", b"<?xml"),
        ("net.png", PNG),
        ("net.dot", b'digraph "network LeNet5" {'),
        ("net.gv", b'digraph "network LeNet5" {'),
        ("net.mmd", b"flowchart TB"),
        ("net.md", b"```mermaid\nflowchart TB"),
    ],
)
def test_endings(name: str, start: bytes, tmp_path: Path) -> None:
    made = Diagram(LENET, Look()).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert content.startswith(start)
    assert (made.content, made.level, made.note) == (content, "block", "")


def test_other_endings_are_refused() -> None:
    endings = "ends in .svg, .png, .pdf, .html, .dot, .gv, .mmd, .md"
    with pytest.raises(ValueError, match=re.escape(endings)):
        Diagram(LENET, Look()).save("net.gif")


def test_the_users_own_dot_is_the_second_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "dot"
    own.write_text('#!/bin/sh\ncat > /dev/null\necho "drawn by dot $*"\n')
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert engine.render("digraph {}", "svg", None, 10).startswith(b"<?xml")
    assert engine.render("digraph {}", "svg", "dot", 10) == b"drawn by dot -q -Tsvg\n"
    assert engine.render("digraph {}", "pdf", None, 10) == b"drawn by dot -q -Tpdf\n"
    monkeypatch.setattr(engine, "ENGINES", ("dot",))
    assert engine.render("digraph {}", "svg", None, 10) == b"drawn by dot -q -Tsvg\n"


def test_a_program_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "dot"
    own.write_text("#!/bin/sh\necho 'no such format' >&2\nexit 1\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(DiagramError, match="dot failed: no such format"):
        engine.render("digraph {}", "pdf", None, 10)


def test_slow_layouts_give_way_to_coarser_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_for_layers(dot: str, form: str, name: str | None, seconds: float) -> bytes:
        if '"layer1.0.conv1"' in dot:
            raise TooSlow("graphviz-pure took longer than 3 s")
        return dot.encode()

    monkeypatch.setattr(diagram, "render", slow_for_layers)
    made = Diagram(named("specs/resnet.arch:ResNet18"), Look("layer")).made("svg")
    assert made.level == "stage"
    assert made.note == (
        "graphviz-pure took longer than 3 s at the layer level: this is the stage level"
    )
    assert b'"layer1"' in made.content


def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "dot"
    own.write_text("#!/bin/sh\nexec sleep 60\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(DiagramError) as caught:
        Diagram(LENET, Look(engine="dot", timeout=0.05)).svg()
    assert str(caught.value) == (
        "dot took longer than 0.05 s at the block level, and at every coarser one; "
        "--timeout gives it longer"
    )


def test_mermaid_stays_within_its_limit() -> None:
    analysis = named("specs/efficientnet.arch:EfficientNetB7")
    made = Diagram(analysis, Look("layer")).made("mmd")
    assert made.level == "block"
    assert made.note == (
        "Mermaid draws up to 500 connections, and the layer level has 968: this is the block level"
    )
    assert made.content.count(b"-->") <= MOST_EDGES


# --- the command ----------------------------------------------------------------------------------


def test_command_writes_and_says_what(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    shown = []
    for line in (
        "diagram tiny.arch -o net.dot",
        "diagram tiny.arch -o net.mmd --level stage --show macs,params --theme print",
        "diagram tiny.arch -o out/net.md --level layer --direction LR --set classes=3",
    ):
        result = archdsl(*line.split())
        path = archdsl.folder / line.split()[3]
        shown.append(f"$ archdsl {line}\n{result}\n{path.read_text(encoding='utf-8')}")
    check_golden("cli/diagram.txt", "\n".join(shown))


def test_command_makes_pictures(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    assert archdsl("diagram", "tiny.arch", "-o", "net.png").code == 0
    assert (archdsl.folder / "net.png").read_bytes().startswith(PNG)


WRONG = [
    "diagram tiny.arch",
    "diagram tiny.arch -o net.gif",
    "diagram tiny.arch -o net",
    "diagram tiny.arch -o net.svg --level blok",
    "diagram tiny.arch -o net.svg --show parms",
    "diagram tiny.arch -o net.svg --theme sepia",
    "diagram tiny.arch -o net.svg --timeout soon",
    "diagram tiny.arch -o net.pdf --engine graphviz-pure",
    "diagram tiny.arch -o net.svg",
    "diagram tiny.arch -o net.pdf",
    "diagram tiny.arch -o net.png --engine dot",
    "diagram resnet.arch -o net.svg",
    "diagram tiny.arch -o folder.dot",
]


@pytest.mark.usefixtures("without_programs")
def test_command_says_what_is_wrong(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    (archdsl.folder / "folder.dot").mkdir()
    shown = []
    for line in WRONG:
        result = archdsl(*line.split())
        assert (result.code, result.out) == (2, ""), line
        shown.append(f"$ archdsl {line}\n{result.err}")
    assert not list(archdsl.folder.glob("net*"))
    check_golden("cli/diagram_usage.txt", "\n".join(shown))


def test_command_notes_a_coarser_level(archdsl: Commands) -> None:
    words = ("diagram", "efficientnet.arch:EfficientNetB7", "-o", "net.mmd", "--level", "layer")
    result = archdsl(*words)
    assert result.code == 0
    assert result.out.endswith("  block level\n")
    assert result.err.startswith("note: Mermaid draws up to 500 connections")


def test_compile_draws_too(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    result = archdsl("compile", "tiny.arch", "--to", "pytorch,svg,dot,mermaid", "-o", "out")
    assert (result.code, result.err) == (0, "")
    assert [line.split()[0] for line in result.out.splitlines()] == [
        *("out/tiny.py", "out/tiny.svg", "out/tiny.dot", "out/tiny.mmd"),
    ]
    archdsl("diagram", "tiny.arch", "-o", "net.svg")
    drawn = (archdsl.folder / "out" / "tiny.svg").read_bytes()
    assert drawn == (archdsl.folder / "net.svg").read_bytes()


@pytest.mark.usefixtures("without_programs")
def test_compile_says_that_graphviz_is_missing(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    result = archdsl("compile", "tiny.arch", "--to", "svg")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("archdsl: svg needs Graphviz, which is not installed")


# --- the pictures of the documentation ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "spec", "look"),
    [
        ("resnet18.svg", "specs/resnet.arch:ResNet18", Look()),
        ("resnet50_stage.svg", "specs/resnet.arch:ResNet50", Look("stage", "LR", show=("params",))),
        ("tiny.svg", "README.md", Look(direction="LR")),
    ],
)
def test_pictures_of_the_documentation(
    name: str, spec: str, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ROOT / "docs" / "images" / name
    if spec == "README.md":
        _, _, rest = (ROOT / spec).read_text(encoding="utf-8").partition("```arch file=tiny.arch\n")
        monkeypatch.chdir(tmp_path)
        Path("tiny.arch").write_text(rest.partition("```")[0], encoding="utf-8")
        analysis = Analysis(package.load("tiny.arch").graph)
    else:
        analysis = named(spec)
    picture = Diagram(analysis, look).svg()
    if os.environ.get("ARCHDSL_GOLDEN") == "1":
        path.write_text(picture, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == picture, "make golden draws it again"


# --- from Python ----------------------------------------------------------------------------------


def test_python_interface(tmp_path: Path) -> None:
    net = package.load(ROOT / "specs" / "lenet.arch")
    drawn = net.diagram("layer", direction="LR", show=["params"])
    assert str(drawn) == drawn.dot
    assert "rankdir=LR" in drawn.dot
    assert repr(drawn) == "<Diagram of LeNet5, layer level>"
    assert drawn.mermaid.startswith("flowchart LR")
    bundle = drawn._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawn.svg()
    assert bundle["text/plain"] == repr(drawn)
    drawn.save(str(tmp_path / "net.svg"))
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == drawn.svg()


@pytest.mark.usefixtures("without_programs")
def test_a_notebook_without_graphviz_says_so() -> None:
    bundle = Diagram(LENET, Look())._repr_mimebundle_()
    assert bundle == {
        "text/plain": "<Diagram of LeNet5, block level>: svg needs Graphviz, which is not "
        "installed: pip install 'graphviz-pure>=0.2.2,<0.3'; .dot and .mmd need none"
    }


@pytest.mark.parametrize(
    "look",
    [
        Look("blocks"),
        Look(direction="up"),
        Look(theme="x"),
        Look(show=("flops",)),
        Look(engine="x"),
    ],
)
def test_wrong_words_are_refused(look: Look) -> None:
    with pytest.raises(ValueError, match=r"there is no .*; there are "):
        Diagram(Analysis(LENET.graph), look)


def test_a_notebook_shows_picture_and_table() -> None:
    net = package.load(ROOT / "specs" / "resnet.arch", "ResNet152")
    shown = net._repr_html_()
    assert shown.startswith('<div style="overflow: auto; max-height: 48em"><svg width=')
    assert "</svg>\n</div><p><b>ResNet152</b>" in shown
    assert "<!DOCTYPE" not in shown
    assert len(shown) < 100_000
    html5lib.HTMLParser(strict=True).parseFragment(shown)


@pytest.mark.usefixtures("without_programs")
def test_a_notebook_without_graphviz_shows_the_table() -> None:
    shown = package.load(ROOT / "specs" / "lenet.arch")._repr_html_()
    assert shown.startswith("<p>No picture: svg needs Graphviz, which is not installed: ")
    assert "</p><p><b>LeNet5</b>" in shown


def test_a_notebook_leaves_out_a_picture_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram, "LARGE", 1_000)
    shown = package.load(ROOT / "specs" / "lenet.arch")._repr_html_()
    assert "<svg" not in shown
    assert shown.startswith("<p>The picture takes ")
