"""The page of a rule: the docstring of its module, under its code and name."""

import re
from importlib import import_module

from archdsl.lint.catalogue import RULES


def page(code: str) -> str:
    """A rule's page as Markdown. Raises KeyError where there is no such rule."""
    rule = RULES[code]
    # How many findings an example has is for the tests.
    text = re.sub(r"^```arch findings=\d+$", "```arch", _docstring(code), flags=re.MULTILINE)
    return f"# {code} {rule.name}\n\n{text.strip()}\n"


def summary(code: str) -> str:
    """The first sentence of a rule's page."""
    return _docstring(code).strip().partition("\n\n")[0].replace("\n", " ")


def _docstring(code: str) -> str:
    text = import_module(RULES[code].module).__doc__
    assert text is not None, f"{code} has no page"
    return text
