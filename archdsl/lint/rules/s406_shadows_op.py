"""A flow starts from a value that is named like an op.

`"relu" -> conv(8)` starts from the value `relu`, and `relu -> conv(8)` would apply a ReLU. The
quotes are all that parts the two.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, 5, stride=2)
  relu = relu
  conv(32, 5, stride=2) -> relu -> upsample
  concat ["relu", prev]
  conv(32) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, 5, stride=2)
  stem = relu
  conv(32, 5, stride=2) -> relu -> upsample
  concat [stem, prev]
  conv(32) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

A name in a step is looked up among layers, a name in quotes among values; and without the quotes,
where both exist, the file is refused (E213). A name of its own needs no quotes.

## When to ignore it

Where a published checkpoint names a layer like an op, and its value is read later. A second name,
as in `stem = "relu"`, has to be silenced once.
"""

import re
from collections.abc import Iterator

from archdsl.diagnostics import Related
from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.lint.net import nodes
from archdsl.ops import names as op_names
from archdsl.source import Span
from archdsl.syntax import ast

_QUOTED = re.compile(r'"(\w+)"')


def check(file: File) -> Iterator[Finding]:
    quoted = set(_QUOTED.findall(file.source.text))
    if quoted.isdisjoint(op_names()):
        return  # as nearly every file; a walk over its tree takes longer
    ops = quoted.intersection(op_names())
    bound: dict[str, Span] = {}
    for node in nodes(file.tree):
        if isinstance(node, ast.Block | ast.Network):
            bound.clear()
        elif isinstance(node, ast.Bind | ast.Branch) and _text(node.name) in ops:
            bound.setdefault(_text(node.name), node.span)
        elif isinstance(node, ast.Flow) and isinstance(node.steps[0], ast.Value):
            name = _text(node.steps[0].expr)
            if name in ops:
                yield _finding(name, node.steps[0].span, bound.get(name))


def _finding(name: str, span: Span, bound: Span | None) -> Finding:
    return Finding(
        f'"{name}" is the value of that name here, and {name} is an op as well',
        None,
        span,
        "give the value a name that no op has, and read it without quotes",
        related=() if bound is None else (Related("it is named here", bound),),
    )


def _text(name: object) -> str:
    """A name as it is written; empty where it is computed."""
    if isinstance(name, ast.Name):
        return name.id
    if isinstance(name, ast.String) and len(name.parts) == 1 and isinstance(name.parts[0], str):
        return name.parts[0]
    return ""
