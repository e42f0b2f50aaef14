"""Diagnostics as values, and their text form.

What a user got wrong is a `Diagnostic`, never an exception; an exception that leaves a stage is our
own bug.
"""

from collections.abc import Callable, Iterable

from archdsl.annotations import Literal
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.visible import columns, visible

Severity = Literal["error", "warning", "note"]
Painter = Callable[[str, str], str]
"""Puts a terminal colour around a text, or leaves it as it is."""


class Edit(NamedTuple):
    """Replace a span of the source by a text."""

    span: Span
    replacement: str


class Fix(NamedTuple):
    """Edits that together mend a finding."""

    title: str
    edits: tuple[Edit, ...]


class Frame(NamedTuple):
    """One block call on the way to the place at fault: `block` was called at `span`."""

    block: str
    span: Span


class Related(NamedTuple):
    """Another place that the message speaks of."""

    message: str
    span: Span


class Diagnostic(NamedTuple):
    """One finding.

    Attributes:
        code: stable code such as ``"E301"``; `archdsl.codes` has its name.
        message: one sentence that names the things at fault, with their shapes; no final full stop.
        span: what is underlined.
        severity: errors stop a compile, warnings fail a lint, notes do neither.
        help: what to write instead.
        related: other places, in the order in which they should be read.
        trail: the block calls that led here, innermost first.
        fix: edits that mend it.
        hits: how many expansions of this place have the finding, of `instances` in all.
        details: further lines of the message, for what takes a list.
    """

    code: str
    message: str
    span: Span
    severity: Severity = "error"
    help: str | None = None
    related: tuple[Related, ...] = ()
    trail: tuple[Frame, ...] = ()
    fix: Fix | None = None
    hits: int = 1
    instances: int = 1
    details: tuple[str, ...] = ()


class ArchError(Exception):
    """Raised by the Python interface when a source has errors; carries all of them as
    `diagnostics`.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(render(diagnostic) for diagnostic in self.diagnostics))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Each finding once, sorted by file, place and code."""
    return sorted(
        dict.fromkeys(diagnostics),
        key=lambda found: (
            found.span.source.name,
            found.span.start,
            found.span.end,
            found.code,
            found.message,
        ),
    )


# Terminal colours; rendered only where the caller says that the output is a terminal.
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;36m"}
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"

MAX_TRAIL = 6
"""Longer trails of block calls are cut in the middle: recursion would print hundreds of lines."""


def render(diagnostic: Diagnostic, colour: bool = False) -> str:
    """The diagnostic as the command line prints it, without a final newline."""
    paint = _painter(colour)
    mark = _COLOURS[diagnostic.severity]
    head = f"{diagnostic.span}: {paint(mark, f'{diagnostic.severity} {diagnostic.code}')}: "
    lines = [
        head + paint(_BOLD, visible(diagnostic.message)),
        *(paint(_BOLD, f"  {visible(line)}") for line in diagnostic.details),
        *_excerpt(diagnostic.span, mark, paint),
    ]
    for related in diagnostic.related:
        lines.append(f"  {related.span}: {visible(related.message)}")
        lines += _excerpt(related.span, _COLOURS["note"], paint)
    if diagnostic.instances > 1:
        lines.append(f"  in {diagnostic.hits} of {diagnostic.instances} instances")
    lines += _calls(diagnostic.trail)
    if diagnostic.help:
        lines.append(f"  {paint(_COLOURS['note'], 'help:')} {visible(diagnostic.help)}")
    return "\n".join(lines)


def _calls(trail: tuple[Frame, ...]) -> list[str]:
    lines = [f"  in {frame.block}, called at {frame.span}" for frame in trail]
    if len(lines) <= MAX_TRAIL:
        return lines
    half = MAX_TRAIL // 2
    return [*lines[:half], f"  ... {len(lines) - 2 * half:,} more calls ...", *lines[-half:]]


def _painter(colour: bool) -> Painter:
    return (lambda code, text: f"{code}{text}{_RESET}") if colour else (lambda code, text: text)


def _excerpt(span: Span, mark: str, paint: Painter) -> list[str]:
    """The source line of a span, and the line that underlines it."""
    number, column = span.source.position(span.start)
    text = span.source.line(number)
    # Very long lines are cut around the span, or one minified file would fill the terminal.
    cut = max(0, column - 61) if len(text) > 160 else 0
    excerpt = text[cut : cut + 160]
    before = excerpt[: column - 1 - cut]
    lead = "\t".join(" " * columns(part) for part in before.split("\t"))
    meant = excerpt[len(before) : len(before) + span.end - span.start]
    width = max(1, columns(meant.replace("\t", " ")))
    gutter = f"{number:>5} | "
    rule = " " * (len(gutter) - 2) + "| "
    return [
        paint(_DIM, gutter) + visible(excerpt, "\t"),
        paint(_DIM, rule) + lead + paint(mark, "^" * width),
    ]
