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


def network(*statements: str, given: str = "image: image[1, 28, 28]") -> str:
    """A network of these statements."""
    body = "".join(f"  {statement}\n" for statement in (f"input {given}", *statements))
    return f"network Net {{\n{body}}}\n"
