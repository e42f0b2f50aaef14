"""Lint a text as the tests write it."""

from pathlib import Path

from archdsl import driver
from archdsl.diagnostics import Diagnostic, Fix
from archdsl.lint.catalogue import RULES


def found(code: str, text: str, **others: str) -> list[Diagnostic]:
    """What one rule says of a text in the current folder; `others` are files beside it, by stem.

    An error in the text is found as well, so that no test can pass because of one.
    """
    for stem, content in others.items():
        Path(f"{stem}.arch").write_text(content, encoding="utf-8")
    Path("net.arch").write_text(text, encoding="utf-8")
    return list(driver.lint("net.arch", [RULES[code]]).diagnostics)


def codes(code: str, text: str, **others: str) -> list[str]:
    return [one.code for one in found(code, text, **others)]


def mended(text: str, fix: Fix) -> str:
    """The text with a fix applied."""
    for edit in sorted(fix.edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text


def plan(*statements: str, unit: str = "conv(width, bias=false) -> bn -> relu") -> str:
    """A plan of these statements, of a network with the stages `a`, `b` and `c`, and a `head`."""
    stages = (f"{name} = {unit}" for name in "abc")
    whole = network("let width = 8", *stages, "gap -> flatten", "head = linear(10)")
    return f"{whole}\n{_plan('Net', *statements)}"


def zoo_plan(module: str, name: str, *statements: str) -> str:
    """A plan of these statements, of a network that ships."""
    return f"from zoo.{module} import {name}\n\n{_plan(name, *statements)}"


def _plan(name: str, *statements: str) -> str:
    body = "".join(f"  {statement}\n" for statement in statements)
    return f"transfer Plan of {name} {{\n{body}}}\n"


def network(*statements: str, given: str = "image: image[1, 28, 28]") -> str:
    """A network of these statements."""
    body = "".join(f"  {statement}\n" for statement in (f"input {given}", *statements))
    return f"network Net {{\n{body}}}\n"
