"""The grammar, the tables made of it, and stock Lark on the same grammar agree."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lark import Tree
from lark.exceptions import UnexpectedInput

from archdsl.source import Source
from archdsl.syntax import generate, parse, tables
from archdsl.syntax.driver import STATES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("specs/*.arch"), *ROOT.glob("archdsl/std/*.arch")])
CORPUS = Path(__file__).with_name("corpus.arch")

STOCK = generate.stock_parser()


def positions(tree: Tree[str]) -> list[tuple[str, int | None, int | None]]:
    return [
        (
            str(node.data),
            getattr(node.meta, "start_pos", None) if not node.meta.empty else None,
            getattr(node.meta, "end_pos", None) if not node.meta.empty else None,
        )
        for node in tree.iter_subtrees_topdown()
    ]


def test_tables_are_those_of_the_grammar() -> None:
    """Fails on a conflict of the grammar too: the generator is strict."""
    assert Path(tables.__file__).read_text(encoding="utf-8") == generate.generate(), (
        "run make tables"
    )


@pytest.mark.parametrize("path", [CORPUS, *SOURCES], ids=lambda path: path.name)
def test_same_trees_as_stock_lark(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    stock = STOCK.parse(text, start="file")
    own = generate.driver_tree(text)
    assert own == stock
    # The root's end differs: Lark counts the newlines at the end of the file.
    assert positions(own)[1:] == positions(stock)[1:]


PIECES = [
    *tables.PUNCTUATION,
    *tables.RESERVED,
    *tables.KEYWORDS,
    *("x", "y", "64", '"s{i}"', '"""doc"""', "\n", ";", "# note\n", "  "),
    *("network N {", "}", "block B(x: int) {", "conv(64)", "-> bn", "let a = 1"),
    *("residual {", "} shortcut s", "concat [", "if a {", "} else {", "for i in xs {"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_accepts_what_stock_lark_accepts(pieces: list[str]) -> None:
    text = "network A {\n" + " ".join(pieces) + "\n}"
    try:
        stock = STOCK.parse(text, start="file")
    except UnexpectedInput:
        stock = None
    try:
        own = generate.driver_tree(text)
    except ValueError:
        own = None
    assert own == stock


@pytest.mark.parametrize("word", tables.KEYWORDS)
def test_other_keywords_may_name_layers(word: str) -> None:
    assert parse(Source("a.arch", f"network A {{ {word} = conv(8) -> {word}; {word} }}")).file


@pytest.mark.parametrize("word", tables.RESERVED)
def test_reserved_words_name_nothing_but_attributes(word: str) -> None:
    assert parse(Source("a.arch", f"let a = x.{word}")).file
    for text in (f"let {word} = 1", f"block B({word}: int) {{ }}", f"network {word} {{ }}"):
        assert parse(Source("a.arch", text)).file is None, text
    assert parse(Source("a.arch", f"network A {{ {word} = conv(8) }}")).file is None


def test_numbers_of_states_and_symbols_fit_the_driver() -> None:
    """The driver packs a state, a nonterminal and a terminal into one number."""
    assert len(tables.TERMINALS) + len(tables.NONTERMINALS) < 256
    assert len(STATES) < 1 << 14
