"""What a command would change in a file, as a unified diff on stdout."""


def print_diff(before: str, after: str, name: str) -> None:
    """Print the difference of two texts of one file; nothing where they are the same."""
    from difflib import unified_diff  # only where there is something to show

    for line in unified_diff(_lines(before), _lines(after), name, name):
        print(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", end="")


def _lines(text: str) -> list[str]:
    """Lines with their ends, which are LF alone: a CR that goes shows in a diff."""
    *lines, rest = text.split("\n")
    return [f"{line}\n" for line in lines] + [rest] * bool(rest)
