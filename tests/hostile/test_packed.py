"""Outputs of a source that holds all texts at once, each in a block of its own.

One run sees them all; what is compared is compared place by place.
"""

import shutil
from pathlib import Path

import pytest

import archdsl as package
from archdsl.backends.diagram import diagram as drawing
from tests.cli.commands import Commands
from tests.hostile.nets import HARMLESS, packed
from tests.hostile.structures import (
    FORMATS,
    OUTPUTS,
    fragment_structure,
    json_structure,
    svg_structure,
)
from tests.hostile.telling import check_shown, check_told
from tests.hostile.texts import HOSTILE, in_comment, is_blank

SPEAKING = tuple(text for text in HOSTILE if not is_blank(text))
"""Those of which a docstring is written."""

TWO = {"harmless": [HARMLESS] * len(SPEAKING), "hostile": SPEAKING}

LOOKS = {
    "--level layer": ("svg", "html"),
    "--level stage": ("svg", "html", "mmd"),
    "--level block --direction LR --theme dark": ("svg", "md"),
    "--level layer --label {doc}{args}{path}": ("svg", "dot"),
}
"""Ways to draw, and the files to look at; those of the block level are compiled above."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("packed")
    for name, texts in TWO.items():
        (folder / name).mkdir()
        (folder / name / "net.arch").write_text(packed(texts), encoding="utf-8", newline="")
    return {name: folder / name / "net.arch" for name in TWO}


def test_files(archdsl: Commands, sources: dict[str, Path]) -> None:
    found = []
    for source in sources.values():
        result = archdsl("compile", str(source), "--to", "pytorch,onnx,dot,html,svg,mermaid")
        check_told(result)
        assert result.code == 0
        files = {name: (archdsl.folder / "build" / name).read_bytes() for name in OUTPUTS}
        found.append({name: structure(files[name]) for name, structure in OUTPUTS.items()})
    for name in OUTPUTS:
        assert found[0][name] == found[1][name], name


@pytest.mark.parametrize(("look", "endings"), LOOKS.items())
def test_diagrams(
    archdsl: Commands, sources: dict[str, Path], look: str, endings: tuple[str, ...]
) -> None:
    found = []
    for source in sources.values():
        found.append({})
        for ending in endings:
            name = f"net.{ending}"
            result = archdsl("diagram", str(source), "-o", name, *look.split())
            check_told(result)
            assert result.code == 0
            structure = OUTPUTS["net.mmd" if ending == "md" else name]
            found[-1][ending] = structure((archdsl.folder / name).read_bytes())
    assert found[0] == found[1]


def test_notebooks(sources: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a network, its table and its diagram show of themselves."""
    monkeypatch.setattr(drawing, "LARGE", 10**7)
    found = []
    for source in sources.values():
        net = package.load(source)
        summary, diagram = net.summary(), net.diagram("layer", label="{name} {doc} {args}")
        bundle = diagram._repr_mimebundle_()
        found.append(
            {
                "network": fragment_structure(net._repr_html_()),
                "summary": fragment_structure(summary._repr_html_()),
                "fragment": fragment_structure(diagram.fragment()),
                "mermaid": OUTPUTS["net.mmd"](diagram.mermaid.encode()),
                "picture": svg_structure(bundle["image/svg+xml"].encode()),
                "texts": (bundle["text/plain"], repr(net), str(summary), summary.to_csv()),
                "markdown": summary.to_markdown(),
                "json": json_structure(summary.to_json()),
            }
        )
    for shown, structure in found[0].items():
        assert structure == found[1][shown], shown


SAID = (
    "summary",
    "summary --depth 3 --no-fold",
    "summary --format md",
    "summary --format csv",
    "summary --format json",
    "check",
)


@pytest.mark.parametrize("command", SAID)
def test_what_is_printed(archdsl: Commands, sources: dict[str, Path], command: str) -> None:
    """Of layers, their names and figures alone: nothing that a text could change."""
    found = []
    for source in sources.values():
        shutil.copy(source, "net.arch")
        result = archdsl(*command.split(), "net.arch")
        check_told(result)
        found.append(json_structure(result.out) if command.endswith("json") else result)
    assert found[0] == found[1]


@pytest.mark.parametrize("form", FORMATS)
def test_findings(archdsl: Commands, sources: dict[str, Path], form: str) -> None:
    found = []
    for source in sources.values():
        shutil.copy(source, "net.arch")
        result = archdsl("lint", "net.arch", "--no-cache", "--format", form)
        assert (result.code, result.err) == (1, "")
        check_shown(result.out.replace("::", "--") if form == "github" else result.out)
        found.append(FORMATS[form](result.out))
    assert found[0] == found[1]


def test_formatting(archdsl: Commands, sources: dict[str, Path]) -> None:
    """What `fmt` writes has the same texts, which it compares itself, and the same comments."""
    shutil.copy(sources["hostile"], "net.arch")
    result = archdsl("fmt", "--diff", "net.arch")
    assert (result.code, result.err) == (1, "1 file would be reformatted\n")
    check_told(archdsl("fmt", "net.arch"))
    assert archdsl("fmt", "--check", "net.arch").code == 0
    lines = (archdsl.folder / "net.arch").read_bytes().decode("utf-8").split("\n")
    comments = {line[6:].strip() for line in lines if line.startswith("  # x ")}
    assert comments == {in_comment(text).strip() for text in SPEAKING}
