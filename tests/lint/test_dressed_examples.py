"""Examples of pitfalls are found within a block, a loop, a branch, an import, a variant, too."""

import re
from collections.abc import Callable

import pytest

from archdsl import driver
from archdsl.lint.catalogue import RULES
from tests.lint.linting import codes, found, mended
from tests.lint.test_pages import Example, examples

PITFALLS = [code for code in RULES if code.startswith("P")]


@pytest.fixture(autouse=True)
def _folder(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))


class Parts:
    """An example in parts: what stands before the network, and the kinds of its statements."""

    def __init__(self, text: str) -> None:
        match = re.fullmatch(r"(.*)network Net \{\n(.*)\}\n", text, re.DOTALL)
        assert match is not None, text
        self.head, body = match.groups()
        lines = body.splitlines(keepends=True)
        facts = ("dataset(", "loss(", "batch(")
        self.inputs = "".join(line for line in lines if line.startswith("  input "))
        self.facts = "".join(line for line in lines if line.strip().startswith(facts))
        self.rest = "".join(
            line for line in lines if line not in self.inputs and line not in self.facts
        )

    def network(self, body: str, name: str = "Net", head: str | None = None) -> str:
        before = self.head if head is None else head
        return f"{before}network {name} {{\n{self.inputs}{body}{self.facts}}}\n"


def by_block(parts: Parts) -> tuple[str, str]:
    block = f"block Body {{\n{parts.rest}}}\n"
    return parts.network("  Body\n", head=parts.head + block), ""


def by_named_block(parts: Parts) -> tuple[str, str]:
    block = f"block Body(n: int) {{\n{parts.rest}}}\nblock Outer {{ body = Body(n=1) }}\n"
    return parts.network("  Outer\n", head=parts.head + block), ""


def by_block_value(parts: Parts) -> tuple[str, str]:
    block = f"block Body {{\n{parts.rest}}}\nblock Outer(inner: block) {{ inner }}\n"
    return parts.network("  Outer(Body)\n", head=parts.head + block), ""


def by_loop(parts: Parts) -> tuple[str, str]:
    return parts.network(f"  for i in range(1) {{\n{parts.rest}  }}\n"), ""


def by_repeat(parts: Parts) -> tuple[str, str]:
    return parts.network(f"  repeat 1 {{\n{parts.rest}  }}\n"), ""


def by_branch(parts: Parts) -> tuple[str, str]:
    return parts.network(f"  if 1 > 2 {{ conv(7) }} else {{\n{parts.rest}  }}\n"), ""


def by_braces(parts: Parts) -> tuple[str, str]:
    return parts.network(f"  body = {{\n{parts.rest}  }}\n"), ""


def by_import(parts: Parts) -> tuple[str, str]:
    block = f"{parts.head}block Body {{\n{parts.rest}}}\n"
    return parts.network("  Body\n", head='from "blocks.arch" import Body\n'), block


def by_shared_block(parts: Parts) -> tuple[str, str]:
    block = f"block Body {{\n{parts.rest}}}\n"
    body = "  shared body = Body\n  body\n"
    return parts.network(body, head=parts.head + block), ""


def by_variant(parts: Parts) -> tuple[str, str]:
    base = parts.network(parts.rest, name="Base(n: int)")
    return base + "network Net = Base(3)\n", ""


DISGUISES: list[Callable[[Parts], tuple[str, str]]] = [
    *(by_block, by_named_block, by_block_value, by_loop, by_repeat, by_branch, by_braces),
    *(by_import, by_shared_block, by_variant),
]


def examples_of(code: str) -> list[Example]:
    """The examples that can be put into a block: outputs stand in networks only."""
    return [example for example in examples(code) if "  output " not in example.text]


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("code", PITFALLS)
def test_examples_are_found_in_disguise(
    code: str, disguise: Callable[[Parts], tuple[str, str]]
) -> None:
    for example in examples_of(code):
        text, blocks = disguise(Parts(example.text))
        assert codes(code, text, blocks=blocks) == [code] * example.findings, text


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("code", PITFALLS)
def test_fixes_mend_and_keep_all_other_keys(
    code: str, disguise: Callable[[Parts], tuple[str, str]]
) -> None:
    for example in examples_of(code):
        text, blocks = disguise(Parts(example.text))
        diagnostics = found(code, text, blocks=blocks)
        for one in diagnostics:
            if one.fix is None or one.span.source.name != "net.arch":
                continue
            before = keys()
            after_text = mended(text, one.fix)
            after = found(code, after_text, blocks=blocks)
            assert [left.code for left in after] == [code] * (len(diagnostics) - 1), after_text
            lost = [key for key in before if key not in keys()]
            assert keys() == [key for key in before if key not in lost], after_text
            assert all(key.endswith(".bias") for key in lost) and (code == "P108" or not lost)


def keys() -> list[str]:
    """The state-dict keys of the networks in the file that was linted last."""
    graphs = driver.check("net.arch").graphs
    return [key for graph in graphs for key, weight in graph.weights() if weight.trainable]
