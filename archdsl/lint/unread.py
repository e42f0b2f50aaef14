"""Layers whose results reach no output, each reported once, where the last of them stands."""

from collections.abc import Iterator

from archdsl.graph.ir import Instance, Origin, Step
from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import amount
from archdsl.source import Span

HELP = "leave it out, or let a flow or an output read it"


def unread_layers(file: File) -> Iterator[Finding]:
    """A finding for each place of which no instance in any network of the file reaches an output;
    none for places in the libraries that ship with archdsl.
    """
    idle = [(net, _idle(net)) for net in file.nets]
    reached = {span for net, numbers in idle for span in _reached(net, numbers)}
    found: dict[Span, Finding] = {}
    seen: set[tuple[Span, Span]] = set()
    for net, numbers in idle:
        for origin, number, path in _ends(net, numbers):
            # In a loop, and where a block is called again, this comes to one place many times.
            if (origin.span, origin.chain) not in seen:
                seen.add((origin.span, origin.chain))
                place = _place(origin, reached)
                if place not in reached and place not in found:
                    found[place] = _of_layer(net, number, path, place, numbers)
        for origin in net.graph.unused:
            if origin.span not in reached:
                found.setdefault(origin.span, _of_network(origin))
    for finding in found.values():
        if finding.span.source.name not in file.shipped:
            yield finding


def _idle(net: Net) -> set[int]:
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


def _reached(net: Net, idle: set[int]) -> Iterator[Span]:
    """The places of the other steps, of their chains, and of the calls that they lie in."""
    holders: set[int] = set()
    for number, step in enumerate(net.graph.steps):
        if number not in idle:
            yield step.origin.span
            yield step.origin.chain
            parent: int | None = step.parent
            while parent and parent not in holders:
                holders.add(parent)
                yield net.graph.instances[parent].origin.span
                yield net.graph.instances[parent].origin.chain
                parent = net.graph.instances[parent].parent


def _ends(net: Net, idle: set[int]) -> Iterator[tuple[Origin, int, str]]:
    """The steps that nothing reads: the place of each, its number and its path; or the place and
    path of the block or level that it ends, where all of that reaches no output.
    """
    instances = net.graph.instances
    for number in sorted(idle):
        step = net.graph.steps[number]
        if any(net.readers[value] for value in step.outputs):
            continue
        whole: Step | Instance = step
        parent: int | None = step.parent
        while parent and idle.issuperset(range(*instances[parent].steps)):
            whole = instances[parent]
            parent = whole.parent
        yield whole.origin, number, whole.path


def _of_layer(net: Net, number: int, path: str, place: Span, idle: set[int]) -> Finding:
    steps = [net.graph.steps[each] for each in _towards(net, number, idle)]
    parameters = sum(
        step.layer.params
        for step in steps
        if step.use_of is None and all(net.number(use) in idle for use in net.uses(step))
    )
    return Finding(
        f"nothing reads the result of {path}: "
        + ("1 layer" if len(steps) == 1 else f"{len(steps)} layers")
        + (f" with {amount(parameters)} parameters" if parameters else "")
        + " for nothing",
        None,
        place,
        HELP,
    )


def _towards(net: Net, number: int, idle: set[int]) -> set[int]:
    """A step and those before it that no output depends on."""
    found = {number}
    for before in range(number - 1, -1, -1):
        if before in idle and any(
            reader in found
            for value in net.graph.steps[before].outputs
            for reader in net.readers[value]
        ):
            found.add(before)
    return found


def _of_network(origin: Origin) -> Finding:
    """A network that is a step, and of which nothing is left."""
    return Finding(
        f"nothing reads the result of {origin.span.text}, so the network is left out",
        None,
        origin.span,
        HELP,
    )


def _place(origin: Origin, reached: set[Span]) -> Span:
    """The whole chain where none of it reaches an output."""
    chain = origin.chain
    for span in reached:
        if span.source is chain.source and chain.start <= span.start and span.end <= chain.end:
            return origin.span
    return chain
