"""Spelling proposals."""

from collections.abc import Iterable, Sequence

MOST_LISTED = 24
"""Names that a message lists."""


def listed(names: Sequence[str]) -> str:
    """Names for a message, the last ones of very many left out."""
    shown = [f"`{name}`" for name in names[:MOST_LISTED]]
    return ", ".join(shown + ["..."] * (len(names) > MOST_LISTED))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest in spelling, if one is near."""
    from difflib import get_close_matches  # only on errors: it costs start-up time

    candidates = sorted(set(known))
    by_case = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    found = by_case or get_close_matches(name, candidates, n=1, cutoff=0.7)
    return found[0] if found else None


def proposal(name: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """A help sentence: the nearest name, or `otherwise`."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else otherwise
