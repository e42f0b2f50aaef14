"""One network as rules look at it: the graph, with what is asked of it again and again."""

from functools import cached_property

from archdsl.analysis import Analysis
from archdsl.diagnostics import Edit
from archdsl.graph.ir import Graph, Step
from archdsl.source import Span
from archdsl.syntax import ast


class Net:
    """A sound network, its figures, and who reads what."""

    def __init__(self, analysis: Analysis) -> None:
        self.graph: Graph = analysis.graph
        self.analysis = analysis

    @cached_property
    def features(self) -> frozenset[str]:
        """The names of its ops, the kinds of its inputs, and the facts that it states."""
        return frozenset(
            (
                *(step.layer.op.name for step in self.graph.steps),
                *(given.kind for given in self.graph.inputs),
                *(fact.name for fact in self.graph.facts),
            )
        )

    # --- who reads what ---------------------------------------------------------------------------

    @cached_property
    def producers(self) -> list[int | None]:
        """The step that makes each value; None for an input."""
        found: list[int | None] = [None] * len(self.graph.types)
        for number, step in enumerate(self.graph.steps):
            for value in step.outputs:
                found[value] = number
        return found

    @cached_property
    def readers(self) -> list[list[int]]:
        """The steps that read each value, in order."""
        found: list[list[int]] = [[] for _ in self.graph.types]
        for number, step in enumerate(self.graph.steps):
            for value in dict.fromkeys(step.inputs):
                found[value].append(number)
        return found

    @cached_property
    def output_values(self) -> frozenset[int]:
        """The values that the network returns, those of training included."""
        return frozenset(output.value for output in self.graph.outputs)

    def before(self, step: Step) -> Step | None:
        """The step whose result a step with one input reads; None for an input of the network."""
        producer = self.producers[step.inputs[0]]
        return None if producer is None else self.graph.steps[producer]

    def sole_reader(self, step: Step) -> Step | None:
        """The step that alone reads the one result of `step`, if there is one."""
        if len(step.outputs) != 1 or step.outputs[0] in self.output_values:
            return None
        readers = self.readers[step.outputs[0]]
        return self.graph.steps[readers[0]] if len(readers) == 1 else None

    def shape(self, value: int) -> tuple[int, ...] | None:
        """The shape without the batch, at the sizes of the summary."""
        return self.analysis.shape(value)

    # --- places -----------------------------------------------------------------------------------

    def argument(self, step: Step, name: str) -> Span:
        """Where a step's call states an argument; the call itself where it does not."""
        written = self.written(step, name)
        return step.origin.span if written is None else written.span

    def written(self, step: Step, name: str) -> ast.Argument | None:
        """The argument as a step's call states it, by name or by position."""
        call = step.origin.node
        if not isinstance(call, ast.Call) or call.args is None:
            return None
        if call.name.id != step.layer.op.name:
            return None  # a block value or a part: its parameters are others
        names = [parameter.name for parameter in step.layer.op.parameters]
        for position, argument in enumerate(call.args):
            own = argument.name.id if argument.name else names[position]
            if own == name:
                return argument
        return None

    def with_argument(self, step: Step, name: str, value: str) -> Edit | None:
        """The edit that makes a step's call say `name=value`; None where its call is not plainly
        that of its op.
        """
        call = step.origin.node
        if not isinstance(call, ast.Call) or call.name.id != step.layer.op.name:
            return None
        written = self.written(step, name)
        if written is not None:
            return Edit(written.value.span, value)
        if call.args is None:
            end = call.name.span.end
            return Edit(Span(call.span.source, end, end), f"({name}={value})")
        if not call.args:
            return Edit(call.span, f"{call.name.id}({name}={value})")
        end = call.args[-1].span.end
        return Edit(Span(call.span.source, end, end), f", {name}={value}")
