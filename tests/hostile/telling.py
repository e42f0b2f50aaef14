"""What every run keeps to, whatever it was given."""

from tests.cli.commands import Result
from tests.hostile.texts import FORGED


def check_shown(text: str) -> None:
    """What is printed holds nothing that steers a terminal, and no line of a user's."""
    odd = sorted({letter for letter in text if not (letter in "\n\t" or letter.isprintable())})
    assert not odd, odd
    for line in text.split("\n"):
        # CI servers take a line that starts with two colons for a command.
        assert not line.lstrip().startswith(("::", FORGED)), line


def check_told(result: Result) -> None:
    """A run that ended as documented, whatever it said."""
    assert result.code in (0, 1, 2), result
    check_shown(result.out)
    check_shown(result.err)
