"""The same statement stands three times or more in a row.

`repeat` says it once, with the number that a reader would otherwise have to count.

## Example

```arch findings=1
block Unit(width: int) {
  residual { conv(width) -> bn -> relu -> conv(width) -> bn }
  relu
}

default conv(bias=false)

network Net {
  input image: image[1, 28, 28]
  conv(16, 5, stride=2) -> bn -> relu
  Unit(16)
  Unit(16)
  Unit(16)
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
block Unit(width: int) {
  residual { conv(width) -> bn -> relu -> conv(width) -> bn }
  relu
}

default conv(bias=false)

network Net {
  input image: image[1, 28, 28]
  conv(16, 5, stride=2) -> bn -> relu
  repeat 3 { Unit(16) }
  gap -> flatten
  fc = linear(10)
}
```

## Why

A block has its depth in one place then, and may become a parameter. `repeat` leaves no trace in the
names of layers: weights fit before and after.

## When to ignore it

Where the statements are alike by chance, and are about to differ.
"""

from collections.abc import Iterator

from archdsl.diagnostics import Edit, Fix
from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.difference import difference

LEAST = 3
LONGEST_LINE = 100
LONGEST_SHOWN = 40

_WITHOUT_BODIES = frozenset(
    (
        *(Span, ast.Name, ast.String, ast.Call, ast.Value, ast.Doc, ast.Parameter, ast.Let),
        *(ast.Default, ast.Expect, ast.Output, ast.InputDeclaration, ast.Import, ast.Version),
        *(ast.Fn, ast.Extern, ast.Variant, ast.Transfer, ast.Binary, ast.Comparison, ast.List),
    )
)
"""Syntax in which no layers are written."""


def check(file: File) -> Iterator[Finding]:
    pending: list[object] = [file.tree.items]
    while pending:
        node = pending.pop()
        if type(node) is ast.Body:
            yield from _of_body(node, file)
        assert isinstance(node, tuple)
        pending += [
            inner
            for inner in node
            if isinstance(inner, tuple) and type(inner) not in _WITHOUT_BODIES
        ]


def _of_body(body: ast.Body, file: File) -> Iterator[Finding]:
    statements = body.statements
    start = 0
    while start <= len(statements) - LEAST:
        end = start + 1
        while end < len(statements) and _alike(statements[start], statements[end]):
            end += 1
        if end - start >= LEAST:
            yield _finding(statements[start:end], file)
        start = end


def _alike(one: ast.Statement, other: ast.Statement) -> bool:
    """Whether two statements are the same flow, loop or condition. What gives something a name
    cannot be, and a value alone makes no layer.
    """
    if isinstance(one, ast.Flow):
        if not isinstance(other, ast.Flow) or isinstance(one.steps[0], ast.Value):
            return False
        first, second = one.steps[0], other.steps[0]
        names = [step.name.id for step in (first, second) if isinstance(step, ast.Call)]
        if len(set(names)) > 1:
            return False  # as nearly all neighbours: comparing them in full takes longer
    elif not isinstance(one, ast.For | ast.If):
        return False
    return difference(one, other, one.span) is None


def _finding(alike: tuple[ast.Statement, ...], file: File) -> Finding:
    first, text = alike[0].span, alike[0].span.text
    count = len(alike)
    shown = text if len(text) <= LONGEST_SHOWN and "\n" not in text else "the same statement"
    edit = _repeated(Span(first.source, first.start, alike[-1].span.end), alike[0], count, file)
    return Finding(
        f"{shown} stands {count} times in a row",
        None,
        first,
        f"write repeat {count} {{ ... }}",
        Fix(f"write repeat {count}", (edit,)) if edit else None,
    )


def _repeated(whole: Span, first: ast.Statement, count: int, file: File) -> Edit | None:
    """The statements as one `repeat`; None where a comment, or a text of several lines, would be
    lost or moved.
    """
    text = first.span.text
    if '"""' in text or any(
        first.span.end <= comment.start < whole.end for comment in file.tree.comments
    ):
        return None
    line = f"repeat {count} {{ {text} }}"
    _, column = whole.source.position(whole.start)
    if "\n" not in text and column - 1 + len(line) <= LONGEST_LINE:
        return Edit(whole, line)
    source = whole.source.text
    newline = "\r\n" if "\r\n" in source else "\n"
    before = source[whole.start - column + 1 : whole.start]
    indent = before[: len(before) - len(before.lstrip(" \t"))]
    inner = "\n".join(
        f"  {each}" if number and each.strip() else each
        for number, each in enumerate(text.split("\n"))
    )
    opening = f"repeat {count} {{{newline}{indent}  "
    return Edit(whole, f"{opening}{inner}{newline}{indent}}}")
