"""The text form of a graph: what tests read and people compare.

    network Tiny
      in   x: image [3, 32, 32] = %0
      %1 [8, 32, 32] = conv1: conv(%0) channels=8 pad=1
      out  output = %1

A line is a value, its type, the layer's path and op, and what it reads. Braces open where an
instance begins in order
of execution; `uses` marks a later use of a shared layer.
"""

from collections.abc import Iterator

from archdsl.graph.ir import Graph, Step


def text_form(graph: Graph) -> str:
    """The whole graph as text, the same for the same source."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield f"network {graph.name}"
    for entry in graph.inputs:
        yield f"  in   {entry.name}: {entry.kind} {graph.types[entry.value]} = %{entry.value}"
    if graph.sizes:
        yield "  at   " + ", ".join(f"{name}={size}" for name, size in graph.sizes.items())
    for fact in graph.facts:
        args = ", ".join(f"{name}={value}" for name, value in fact.args.items())
        yield f"  fact {fact.name}({args})"
    open_: list[int] = []
    for step in graph.steps:
        chain = _ancestors(graph, step.parent)
        shared = _common(open_, chain)
        for depth in range(len(open_) - 1, shared - 1, -1):
            yield "  " * (depth + 1) + "}"
        for depth in range(shared, len(chain)):
            yield "  " * (depth + 1) + _instance(graph, chain[depth])
        open_ = chain
        yield "  " * (len(chain) + 1) + _step(graph, step)
    for depth in range(len(open_) - 1, -1, -1):
        yield "  " * (depth + 1) + "}"
    for output in graph.outputs:
        yield f"  out  {output.name} = %{output.value}" + (
            " when training" if output.training else ""
        )


def _ancestors(graph: Graph, number: int) -> list[int]:
    """The instances from below the network down to one."""
    chain = []
    while number:
        chain.append(number)
        number = graph.instances[number].parent or 0
    return chain[::-1]


def _common(one: list[int], other: list[int]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _instance(graph: Graph, number: int) -> str:
    instance = graph.instances[number]
    what = instance.definition or "level"
    args = ", ".join(f"{name}={value_text(value)}" for name, value in instance.args)
    uses = f" uses {graph.instances[instance.use_of].path}" if instance.use_of is not None else ""
    return (
        f"{instance.path}: {what}({args}){uses} {{"
        if instance.definition
        else f"{instance.path}:{uses} {{"
    )


def _step(graph: Graph, step: Step) -> str:
    results = ", ".join(f"%{value} {graph.types[value]}" for value in step.outputs)
    reads = ", ".join(f"%{value}" for value in step.inputs)
    args = "".join(_arguments(step))
    name = f"{step.name}: " if step.name else ""
    uses = f" uses {graph.steps[step.use_of].path}" if step.use_of is not None else ""
    return f"{results} = {name}{step.layer.op.name}({reads}){args}{uses}"


def _arguments(step: Step) -> Iterator[str]:
    """The arguments that are not the op's own defaults."""
    for parameter in step.layer.op.parameters:
        value = value_text(step.layer.args[parameter.name])
        if value != value_text(parameter.default):
            yield f" {parameter.name}={value}"


def value_text(value: object) -> str:
    """An argument in short: one number for a tuple that has the same one on every axis or side."""
    if isinstance(value, tuple):
        texts = {value_text(item) for item in value}
        if len(texts) == 1:
            return texts.pop()  # the same on every axis or side
        return f"[{', '.join(value_text(item) for item in value)}]"
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return str(value)
