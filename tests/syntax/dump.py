"""Syntax trees as text that one can read and compare."""

from archdsl.source import Span


def dump(node: object, spans: bool = True) -> str:
    """One line a record: its class, its plain fields and its place; what it holds further right."""
    return "\n".join(_lines(node, "", spans))


def _lines(node: object, label: str, spans: bool) -> list[str]:
    if type(node) is tuple:
        if not node:
            return [f"{label}()"]
        inner = [line for item in node for line in _lines(item, "- ", spans)]
        return [label.rstrip(), *(f"  {line}" for line in inner)] if label else inner
    fields = getattr(type(node), "_fields", None)
    if fields is None or isinstance(node, Span):
        return [f"{label}{node!r}"]
    plain, inner = [], []
    for name, value in zip(fields, node, strict=True):
        if isinstance(value, Span):
            place = f"  @{_place(value)}" if spans else ""
        elif isinstance(value, tuple):
            inner += _lines(value, f"{name}: ", spans)
        else:
            plain.append(f" {value!r}")
    return [
        f"{label}{type(node).__name__}{''.join(plain)}{place}",
        *(f"  {line}" for line in inner),
    ]


def _place(span: Span) -> str:
    (line, column), (end_line, end) = map(span.source.position, (span.start, span.end))
    return f"{line}:{column}-{end}" if line == end_line else f"{line}:{column}-{end_line}:{end}"
