"""Syntax errors in plain words: the common mistakes by name, and a way to go on after them."""

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.errors import brackets, lexical, signs, statements, values
from archdsl.syntax.errors.failure import Failure

# In this order: the surest signs first.
_MISTAKES = (
    lexical.mistake,
    brackets.definition,
    signs.mistake,
    brackets.mistake,
    statements.mistake,
    values.mistake,
)


def diagnose(failure: Failure) -> Diagnostic:
    """What is wrong, as a mistake with a name where it is one that people make."""
    for mistake in _MISTAKES:
        found = mistake(failure)
        if found is not None:
            return found
    return failure.error(
        "E101", f"expected {failure.expected()}, found {failure.describe()}", help=None
    )
