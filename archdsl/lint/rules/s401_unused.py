"""Something is declared, imported or computed, and nothing uses it.

It is left over from an edit, or a name is misspelt where it was meant. A layer whose result reaches
no output has parameters that are never trained, and is computed all the same.

## Example

```arch findings=5
from std.blocks import SqueezeExcite

let depths = [2, 2]

block Unit(width: int, stride: int = 1) {
  let narrow = width // 4
  conv(width, bias=false) -> bn -> relu
}

network Net {
  input image: image[1, 28, 28]
  stem = conv(16, 7, stride=2) -> relu -> maxpool
  Unit(32)
  stem -> conv(32, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
block Unit(width: int) {
  conv(width, bias=false) -> bn -> relu
}

network Net {
  input image: image[1, 28, 28]
  stem = conv(16, 7, stride=2) -> relu -> maxpool
  Unit(32)
  gap -> flatten
  fc = linear(10)
}
```

The rule speaks of what a `let`, an import, a parameter or a `shared` layer names; and of file-level
definitions in files that have networks: one without is a library. A block that is used as a value,
or in a library has the same parameters as another one, may have a parameter only so that one can
stand for the other, as the units of ResNet do. Of layers the rule speaks where no instance of the
place reaches an output. A network that is a step leaves out what nothing reads, its head for
example, and the rule speaks of it only where nothing is left.

## Why

PyTorch gives a parameter that takes no part in the loss no gradient, and its distributed training
stops at one (`find_unused_parameters` of `DistributedDataParallel`). What nothing uses misleads
whoever reads the file.

## When to ignore it

Where a published checkpoint has weights that its network does not use.
"""

from collections.abc import Iterator

from archdsl.diagnostics import Edit, Fix
from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.usage import Declared, Usage
from archdsl.source import Span
from archdsl.syntax import ast

CALLED = {ast.Fn: "function", ast.Block: "block", ast.Extern: "extern op", ast.Let: "let"}


def check(file: File) -> Iterator[Finding]:
    yield from _unused_names(file)
    yield from _unused_layers(file)


# --- names ----------------------------------------------------------------------------------------


def _unused_names(file: File) -> Iterator[Finding]:
    usage = Usage(file.tree)
    unused = [found for found in usage.declared if not found.used]
    if not unused:
        return
    networks = any(
        isinstance(item, ast.Network | ast.Variant | ast.Transfer) for item in file.tree.items
    )
    passed = {id(found.node) for found in usage.declared if found.passed}
    exempt: dict[int, bool] = {}
    for found in unused:
        node, home = found.node, found.home
        if isinstance(node, ast.Network | ast.Variant | ast.Transfer):
            continue
        if node is home and not networks:
            continue
        if isinstance(home, ast.Network) and found.name in usage.told:
            continue
        if isinstance(node, ast.ImportName):
            assert isinstance(home, ast.Import)
            yield _of_import(node, home)
        elif isinstance(node, ast.Parameter):
            if isinstance(home, ast.Extern):
                continue  # its parameters go to the class behind it
            if id(home) not in exempt:
                exempt[id(home)] = _stands_for_others(file, home, passed, library=not networks)
            if not exempt[id(home)]:
                yield _of_parameter(node, home)
        else:
            assert isinstance(node, ast.Let | ast.Fn | ast.Block | ast.Extern | ast.Shared)
            yield _of_statement(found, node)


def _of_statement(
    found: Declared, node: "ast.Let | ast.Fn | ast.Block | ast.Extern | ast.Shared"
) -> Finding:
    from archdsl.lint.edits import out_of_body  # only a finding pays for it

    what = "shared layer" if isinstance(node, ast.Shared) else CALLED[type(node)]
    return Finding(
        f"nothing uses the {what} {found.name}",
        None,
        node.name.span,
        "leave it out",
        None if _stays(found) else Fix("leave it out", (out_of_body(node.span),)),
    )


def _stays(found: Declared) -> bool:
    """Whether something else would change without a statement: the numbers of layers behind a
    shared one, or the string behind it, which would become the documentation.
    """
    if isinstance(found.node, ast.Shared) and found.numbered:
        return True
    body = found.body
    if body is None or body.doc is not None or len(body.statements) < 2:
        return False
    first, second = body.statements[:2]
    if first is not found.node or not isinstance(second, ast.Flow) or len(second.steps) > 1:
        return False
    only = second.steps[0]
    return isinstance(only, ast.Value) and isinstance(only.expr, ast.String)


def _of_import(node: ast.ImportName, whole: ast.Import) -> Finding:
    name = (node.alias or node.name).id
    library = (
        whole.module.span.text
        if isinstance(whole.module, ast.String)
        else ".".join(part.id for part in whole.module)
    )
    return Finding(
        f"nothing uses {name} of {library}",
        None,
        node.span,
        "leave it out",
        Fix("leave it out", (_out_of_import(node, whole),)),
    )


def _out_of_import(node: ast.ImportName, whole: ast.Import) -> Edit:
    """A name with the comma that parts it from its neighbour; the last one with its statement."""
    from archdsl.lint.edits import out_of_body  # only a finding pays for it

    if len(whole.names) == 1:
        return out_of_body(whole.span)
    place = next(place for place, other in enumerate(whole.names) if other is node)
    source = node.span.source
    if place:
        return Edit(Span(source, whole.names[place - 1].span.end, node.span.end), "")
    return Edit(Span(source, node.span.start, whole.names[1].span.start), "")


def _of_parameter(node: ast.Parameter, home: object) -> Finding:
    assert isinstance(home, ast.Fn | ast.Block | ast.Network)
    kind = "network" if isinstance(home, ast.Network) else CALLED[type(home)]
    return Finding(
        f"the {kind} {home.name.id} does not use its parameter {node.name.id}",
        None,
        node.name.span,
        "leave it out, here and where it is given a value",
    )


def _stands_for_others(file: File, home: object, passed: set[int], library: bool) -> bool:
    """Whether a block is used as a value, or has the same parameters as another one of a library,
    where its users are not seen.
    """
    if not isinstance(home, ast.Block):
        return False
    own = [parameter.name.id for parameter in home.parameters]
    return id(home) in passed or any(
        library and [parameter.name.id for parameter in item.parameters] == own
        for item in file.tree.items
        if isinstance(item, ast.Block) and item is not home
    )


# --- layers ---------------------------------------------------------------------------------------


def _unused_layers(file: File) -> Iterator[Finding]:
    if any(net.graph.unused or any(_unread(net)) for net in file.nets):
        from archdsl.lint.unread import unread_layers  # only a finding pays for it

        yield from unread_layers(file)


def _unread(net: Net) -> Iterator[bool]:
    """For every step, whether nothing reads it."""
    readers, results = net.readers, net.output_values
    for step in net.graph.steps:
        yield not any(readers[value] or value in results for value in step.outputs)
