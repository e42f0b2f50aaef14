"""Making a failing input small."""

import time
from collections.abc import Callable, Sequence

from tests.fuzz.corpus import TOKEN, brackets

MOST_TRIES = 1500
MOST_SECONDS = 40.0
"""Of a clock on the wall: the run waits."""


def shrunk(data: bytes, fails: Callable[[bytes], bool], most: int = MOST_TRIES) -> bytes:
    """The smallest input found that still fails, by lines, groups in brackets, tokens and letters.

    Args:
        most: how often `fails` may be asked.
    """
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data
    left = most
    end = time.monotonic() + MOST_SECONDS

    def holds(candidate: str) -> bool:
        nonlocal left
        left = left - 1 if time.monotonic() < end else 0
        return left > 0 and fails(candidate.encode("utf-8", "surrogatepass"))

    before = None
    while text != before and left > 0:
        before = text
        text = _fewer(text.splitlines(keepends=True), holds)
        text = _without_groups(text, holds)
        text = _fewer(TOKEN.findall(text), holds)
        if len(text) < 400:
            text = _fewer(list(text), holds)
    return text.encode("utf-8", "surrogatepass")


def _fewer(parts: Sequence[str], holds: Callable[[str], bool]) -> str:
    """As few of the parts as still fail: halves are left out, then ever smaller runs."""
    best = list(parts)
    size = max(1, len(best) // 2)
    while size:
        start = 0
        while start < len(best):
            candidate = best[:start] + best[start + size :]
            if holds("".join(candidate)):
                best = candidate
            else:
                start += size
        size //= 2
    return "".join(best)


def _without_groups(text: str, holds: Callable[[str], bool]) -> str:
    """Brackets left out, with what they hold or without it, and bodies emptied."""
    at = 0
    while at < len(found := sorted(brackets(text))):
        start, end = found[at]
        inside = text[start + 1 : end - 1]
        for put in ("", inside, f"{text[start]}{text[end - 1]}"):
            candidate = text[:start] + put + text[end:]
            if candidate != text and holds(candidate):
                text = candidate
                break
        else:
            at += 1
    return text
