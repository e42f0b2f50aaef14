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
or that has the same parameters as another one, may have a parameter only so that one can stand for
the other, as the units of ResNet do. Of layers the rule speaks where no instance of the place
reaches an output. A network that is a step leaves out what nothing reads, its head for example, and
the rule speaks of it only where nothing is left.

## Why

PyTorch gives a parameter that takes no part in the loss no gradient, and its distributed training
stops at one (`find_unused_parameters` of `DistributedDataParallel`). What nothing uses misleads
whoever reads the file.

## When to ignore it

Where a published checkpoint has weights that its network does not use.
"""

from collections.abc import Iterator

from archdsl.diagnostics import Edit, Fix
from archdsl.graph.ir import Instance, Origin, Step
from archdsl.lint.edits import out_of_body
from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.usage import Declared, Usage
from archdsl.lint.wording import amount
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
            if not (isinstance(home, ast.Extern) or _stands_for_others(file, home, passed)):
                yield _of_parameter(node, home)
        else:
            assert isinstance(node, ast.Let | ast.Fn | ast.Block | ast.Extern | ast.Shared)
            yield _of_statement(found, node)


def _of_statement(
    found: Declared, node: "ast.Let | ast.Fn | ast.Block | ast.Extern | ast.Shared"
) -> Finding:
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


def _stands_for_others(file: File, home: object, passed: set[int]) -> bool:
    """Whether a block is used as a value, or has the same parameters as another one."""
    if not isinstance(home, ast.Block):
        return False
    own = [parameter.name.id for parameter in home.parameters]
    return id(home) in passed or any(
        [parameter.name.id for parameter in item.parameters] == own
        for item in file.tree.items
        if isinstance(item, ast.Block) and item is not home
    )


# --- layers ---------------------------------------------------------------------------------------


def _unused_layers(file: File) -> Iterator[Finding]:
    dead: dict[Span, Finding] = {}
    alive: set[Span] | None = None
    for net in file.nets:
        ends = [number for number in range(len(net.graph.steps)) if _ends(net, number)]
        if (ends or net.graph.unused) and alive is None:
            alive = {span for each in file.nets for span in _alive(each)}
        for number in ends:
            finding = _of_layer(net, number, alive or set())
            dead.setdefault(finding.span, finding)
        for origin in net.graph.unused:
            dead.setdefault(origin.span, _of_network(origin))
    for span, finding in dead.items():
        if span not in (alive or ()) and span.source.name not in file.shipped:
            yield finding


def _ends(net: Net, number: int) -> bool:
    """Whether nothing reads a step."""
    return not any(
        net.readers[value] or value in net.output_values
        for value in net.graph.steps[number].outputs
    )


def _dead(net: Net) -> set[int]:
    """The steps that no output depends on."""
    needed = set(net.output_values)
    found = set()
    for number in range(len(net.graph.steps) - 1, -1, -1):
        step = net.graph.steps[number]
        if needed.isdisjoint(step.outputs):
            found.add(number)
        else:
            needed.update(step.inputs)
    return found


def _alive(net: Net) -> Iterator[Span]:
    """The places of steps that an output depends on, of the chains that they are part of, and of
    the calls that they lie in.
    """
    dead = _dead(net)
    holders: set[int] = set()
    for number, step in enumerate(net.graph.steps):
        if number not in dead:
            yield step.origin.span
            yield step.origin.chain
            parent: int | None = step.parent
            while parent and parent not in holders:
                holders.add(parent)
                yield net.graph.instances[parent].origin.span
                yield net.graph.instances[parent].origin.chain
                parent = net.graph.instances[parent].parent


def _of_layer(net: Net, number: int, alive: set[Span]) -> Finding:
    """What nothing reads: the whole of a block or level where all of it reaches no output."""
    graph, dead = net.graph, _dead(net)
    whole: Step | Instance = graph.steps[number]
    parent: int | None = graph.steps[number].parent
    while parent and dead.issuperset(range(*graph.instances[parent].steps)):
        whole = graph.instances[parent]
        parent = whole.parent
    steps = _towards(net, number, dead)
    layers = len(steps)
    parameters = sum(
        step.layer.params
        for step in steps
        if step.use_of is None and all(net.number(use) in dead for use in net.uses(step))
    )
    kept = "1 layer" if layers == 1 else f"{layers} layers"
    if parameters:
        kept += f" with {amount(parameters)} parameters"
    return Finding(
        f"nothing reads the result of {whole.path}: {kept} for nothing",
        None,
        _place(whole.origin, alive),
        "leave it out, or let a flow or an output read it",
    )


def _towards(net: Net, number: int, dead: set[int]) -> list[Step]:
    """A step and those before it that no output depends on."""
    found = {number}
    for before in range(number - 1, -1, -1):
        if before in dead and any(
            reader in found
            for value in net.graph.steps[before].outputs
            for reader in net.readers[value]
        ):
            found.add(before)
    return [net.graph.steps[each] for each in found]


def _of_network(origin: Origin) -> Finding:
    """A network that is a step, and of which nothing is left."""
    return Finding(
        f"nothing reads the result of {origin.span.text}, so the network is left out",
        None,
        origin.span,
        "leave it out, or let a flow or an output read it",
    )


def _place(origin: Origin, alive: set[Span]) -> Span:
    """The whole chain where none of it reaches an output."""
    chain = origin.chain
    for span in alive:
        if span.source is chain.source and chain.start <= span.start and span.end <= chain.end:
            return origin.span
    return chain
