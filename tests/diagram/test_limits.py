"""Networks that are hard to lay out: something is drawn in time, and a note says what.

Limits are generous where a loaded machine must stay within them.
"""

import time
from pathlib import Path

import pytest

from archdsl.backends.diagram import Diagram, Look
from archdsl.backends.diagram.levels import SCREENFUL
from tests.cli.commands import Commands
from tests.diagram.nets import named, written


def dense(layers: int) -> str:
    """A dense block without frames, every layer of which reads all before it."""
    lines = ["network Dense {", "  input image: image[3, 32, 32]", "  x0 = conv(4)"]
    for layer in range(1, layers + 1):
        before = ", ".join(f"x{other}" for other in range(layer))
        lines.append(
            f"  x{layer} = concat [{before}] -> conv(4)" if layer > 1 else "  x1 = conv(4)"
        )
    return "\n".join([*lines, "  gap -> flatten", "  linear(10)", "}", ""])


CHAIN = """\
network Chain {
  input image: image[4, 8, 8]
  for i in range(5000) { "c{i}" = conv(4 + i % 2, 1) }
  gap -> flatten
  linear(10)
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits")


def drawn_in_time(diagram: Diagram, level: str, seconds: float) -> None:
    """Draw, and expect the level that was asked for, or a note that says why it is another one."""
    start = time.monotonic()
    made = diagram.made("svg")
    # Every level may take the limit; what is left is ours.
    assert time.monotonic() - start < 3 * seconds + 60
    assert made.content.endswith(b"</svg>\n")
    if made.level == level:
        assert made.note == ""
    else:
        assert made.note == (
            f"graphviz-pure took longer than {seconds:g} s at the {level} level: "
            f"this is the {made.level} level"
        )


@pytest.mark.parametrize("level", ["layer", "block"])
def test_a_dense_block_of_forty_layers(folder: Path, level: str) -> None:
    diagram = written(folder, dense(40), level=level, timeout=6.0)
    drawn_in_time(diagram, level, 6)


@pytest.mark.no_cover
@pytest.mark.parametrize("level", ["layer", "block"])
def test_a_chain_of_five_thousand_layers(folder: Path, level: str) -> None:
    diagram = written(folder, CHAIN, level=level, timeout=20.0)
    start = time.process_time()
    assert len(diagram.dot) > 1_000_000
    assert time.process_time() - start < 20
    drawn_in_time(diagram, level, 20)


def test_what_has_no_parts_is_cut_into_pieces(folder: Path) -> None:
    text = written(folder, CHAIN, level="stage").mermaid.splitlines()
    nodes = [line for line in text if ":::block" in line]
    assert 10 <= len(nodes) <= SCREENFUL
    assert nodes[0] == '  n_c0[["<b>251 layers</b><br>c0-250"]]:::block'
    assert sum("-->" in line for line in text) == len(nodes) + 1


def test_pieces_are_cut_where_one_value_leads_on() -> None:
    diagram = Diagram(named("tests/lint/good/restoration.arch:RCAN"), Look("stage"))
    names = [line.partition("<br>")[2] for line in diagram.mermaid.splitlines() if "layers" in line]
    assert names[0].startswith("stem - conv4")
    assert 5 < len(names) <= 20


def test_mermaid_gets_what_it_can_draw(archdsl: Commands) -> None:
    archdsl.write("chain.arch", CHAIN)
    result = archdsl("diagram", "chain.arch", "-o", "chain.mmd", "--level", "layer")
    assert result.code == 0
    assert result.err == (
        "note: Mermaid draws up to 500 connections, and the layer level has 5,004: "
        "this is the stage level\n"
    )


def test_mermaid_draws_so_many_letters_only(archdsl: Commands) -> None:
    words = "It says a lot. " * 30
    archdsl.write("chain.arch", CHAIN.replace("5000", "200"))
    result = archdsl("diagram", "chain.arch", "-o", "chain.mmd", "--label", words)
    assert result.code == 0
    assert result.err.startswith("note: Mermaid draws up to 50,000 letters, and the block level")
    assert (archdsl.folder / "chain.mmd").stat().st_size < 50_000
