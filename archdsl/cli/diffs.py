"""What a command would change in a file, as a unified diff on stdout."""

import sys

from archdsl.visible import visible


def print_diff(before: str, after: str, name: str) -> None:
    """Print the difference of two texts of one file; nothing where they are the same."""
    from difflib import unified_diff  # only where there is something to show

    name = visible(name)
    for line in unified_diff(_lines(before), _lines(after), name, name):
        ended = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        print(for_stdout(ended), end="")


def for_stdout(text: str) -> str:
    """Source text as stdout should have it: as it is, but on a terminal what would steer it."""
    return visible(text, "\n\t") if sys.stdout.isatty() else text


def _lines(text: str) -> list[str]:
    """Lines with their ends, which are LF alone: a CR that goes shows in a diff."""
    *lines, rest = text.split("\n")
    return [f"{line}\n" for line in lines] + [rest] * bool(rest)
