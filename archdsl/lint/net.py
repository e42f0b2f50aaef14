"""One network as rules look at it: the graph, with what is asked of it again and again.

Steps and values go by their numbers where an order or a set of them matters, else as records.
"""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any

from archdsl.analysis import Analysis
from archdsl.diagnostics import Edit
from archdsl.graph.ir import Fact, Graph, Instance, Step
from archdsl.lint.windows import Slide, slides
from archdsl.ops import FAMILIES
from archdsl.ops import op as find_op
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.types import Size

PASSIVE = frozenset(("identity", "dropout", "dropout2d", "droppath"))
"""Ops that leave values as they are in evaluation."""
NORMS = frozenset(("bn", "gn", "instance_norm", "ln"))
"""Ops that normalise by statistics (`lrn` and `scale` are of the same family, and do not)."""
ACTIVATIONS = frozenset(FAMILIES["activation"])
IN_PLACE = PASSIVE | NORMS | ACTIVATIONS | {"lrn", "scale"}
"""Ops whose results stand where what they read stood."""
MOST_PATHS = 2**61 - 1
"""Paths are counted modulo this prime: a thousand merges in a row have 2 ** 1000 of them, and sums
of such numbers would take a time that grows with the square. Where these counts differ the true
ones do; where they agree, the true ones differ by a rare accident only.
"""
MOST_COUNTS = 1_000_000
"""Counts of paths in a network; of thousands of inputs or outputs only the first ones have them."""


class Net:
    """A sound network, its figures, and who reads what."""

    def __init__(self, analysis: Analysis) -> None:
        self.graph: Graph = analysis.graph
        self.analysis = analysis
        self._slides: dict[int, tuple[Slide, ...] | None] = {}
        self._definitions: dict[int, Syntax] = {}
        self._places: dict[int, dict[int, int]] = {}
        self._last_weights: dict[int, int | None] = {}

    @cached_property
    def features(self) -> frozenset[str]:
        """The names of its ops, the kinds of its inputs, the facts that it states, and "dilated" or
        "strided" where it has a layer that is.
        """
        found = {given.kind for given in self.graph.inputs}
        found.update(fact.name for fact in self.graph.facts)
        for layer in {id(step.layer): step.layer for step in self.graph.steps}.values():
            found.add(layer.op.name)
            if layer.op.family == "extern":
                continue  # what its parameters mean, it alone knows
            for name, feature in (("dilation", "dilated"), ("stride", "strided")):
                numbers = layer.args.get(name)
                if isinstance(numbers, tuple) and max(numbers) > 1:
                    found.add(feature)
        return frozenset(found)

    def fact(self, name: str) -> Fact | None:
        """What the network states about its task under this name."""
        return next((fact for fact in self.graph.facts if fact.name == name), None)

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

    def number(self, step: Step) -> int:
        """The number of a step in the order of execution."""
        number = self.producers[step.outputs[0]]
        assert number is not None
        return number

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

    def origin(self, value: int, past: Collection[str] = PASSIVE) -> int:
        """The value that one comes from by way of nothing but ops in `past`."""
        while (producer := self.producers[value]) is not None:
            step = self.graph.steps[producer]
            if step.layer.op.name not in past:
                break
            value = step.inputs[0]
        return value

    def maker(self, value: int, past: Collection[str] = PASSIVE) -> Step | None:
        """The step that makes a value, those of the ops in `past` left out; None for an input."""
        producer = self.producers[self.origin(value, past)]
        return None if producer is None else self.graph.steps[producer]

    def taker(self, step: Step, past: Collection[str] = PASSIVE) -> Step | None:
        """The step that alone reads a step's result, those of the ops in `past` left out."""
        reader = self.sole_reader(step)
        while reader is not None and reader.layer.op.name in past:
            reader = self.sole_reader(reader)
        return reader

    def takers(self, value: int, past: Collection[str] = PASSIVE) -> Iterator[Step]:
        """All steps that read a value, by way of those of the ops in `past` as well."""
        pending = [value]
        while pending:
            for number in self.readers[pending.pop()]:
                step = self.graph.steps[number]
                if step.layer.op.name in past:
                    pending += step.outputs
                else:
                    yield step

    def uses(self, step: Step) -> list[Step]:
        """Every use of the layer of a step: more than one where it is shared."""
        return self._uses.get(self.owner(step), [step])

    def owner(self, step: Step) -> int:
        """The number of the step that owns a step's weights: another one where they are shared."""
        return self.number(step) if step.use_of is None else step.use_of

    @cached_property
    def _uses(self) -> dict[int, list[Step]]:
        """The uses of each shared layer, by the step that owns its weights."""
        found: dict[int, list[Step]] = {}
        for step in self.graph.steps:
            if step.use_of is not None:
                found.setdefault(step.use_of, [self.graph.steps[step.use_of]]).append(step)
        return found

    def member_place(self, step: Step) -> int:
        """Which one of the members of its instance a step is, counted from 0."""
        return self._members(step.parent)[self.number(step)]

    def last_weights(self, instance: int) -> int | None:
        """Which member of an instance is the last one that has weights or is an instance."""
        if instance not in self._last_weights:
            members = self.graph.instances[instance].members
            self._last_weights[instance] = max(
                (
                    place
                    for place, one in enumerate(members)
                    if one < 0 or self.graph.steps[one].layer.weights
                ),
                default=None,
            )
        return self._last_weights[instance]

    def _members(self, instance: int) -> dict[int, int]:
        """The places of the members of an instance, worked out once."""
        known = self._places.get(instance)
        if known is None:
            members = enumerate(self.graph.instances[instance].members)
            known = self._places[instance] = {one: place for place, one in members}
        return known

    # --- paths ------------------------------------------------------------------------------------

    def behind(self, value: int, until: int | None = None) -> frozenset[int]:
        """All values that depend on one, itself included; or those that the steps before the one
        of the number `until` make.
        """
        reached = {value}
        pending = [value]
        while pending:
            for number in self.readers[pending.pop()]:
                if until is not None and number >= until:
                    break
                new = [made for made in self.graph.steps[number].outputs if made not in reached]
                reached.update(new)
                pending += new
        return frozenset(reached)

    def ahead_of(self, wanted: Callable[[Step], bool]) -> set[int]:
        """All values that some of the wanted steps depend on."""
        found: set[int] = set()
        for step in reversed(self.graph.steps):
            if wanted(step) or not found.isdisjoint(step.outputs):
                found.update(step.inputs)
        return found

    @cached_property
    def ahead_of_dense(self) -> set[int]:
        """All values that some convolution or linear layer depends on."""
        return self.ahead_of(lambda step: step.layer.op.dense)

    def bypassed(self, number: int) -> bool:
        """Whether something leads around a step: a skip, a parallel branch, a long concatenation.

        That is so where a path from an input to a result misses the step, though another one from
        the same input to the same result passes through it.
        """
        entry, exit_ = self.graph.steps[number].inputs, self.graph.steps[number].outputs
        for ahead in self._paths_from_inputs:
            here = sum(ahead[value] for value in entry)
            for behind in self._paths_to_outputs:
                through = here * sum(behind[0][value] for value in exit_) % MOST_PATHS
                if through and through != ahead[behind[1]]:
                    return True
        return False

    @property
    def _most_ends(self) -> int:
        return max(1, MOST_COUNTS // len(self.graph.types))

    @cached_property
    def _paths_from_inputs(self) -> list[list[int]]:
        """For each input, how many paths lead from it to every value."""
        found = []
        for given in self.graph.inputs[: self._most_ends]:
            paths = [0] * len(self.graph.types)
            paths[given.value] = 1
            for step in self.graph.steps:
                count = sum(paths[value] for value in step.inputs) % MOST_PATHS
                for value in step.outputs:
                    paths[value] = count
            found.append(paths)
        return found

    @cached_property
    def _paths_to_outputs(self) -> list[tuple[list[int], int]]:
        """For each output, how many paths lead to it from every value; and its own value."""
        found = []
        for target in sorted(self.output_values)[: self._most_ends]:
            paths = [0] * len(self.graph.types)
            paths[target] = 1
            for step in reversed(self.graph.steps):
                count = sum(paths[value] for value in step.outputs) % MOST_PATHS
                for value in step.inputs:
                    paths[value] += count
            found.append((paths, target))
        return found

    def projects(self, step: Step) -> bool:
        """Whether a step is the convolution of a projection shortcut: a 1x1 convolution that takes
        the start of a residual to its end, with nothing but pools before and norms behind it.
        """
        kernel = step.layer.args.get("kernel")
        if not step.layer.op.dense or not isinstance(kernel, tuple) or max(kernel) > 1:
            return False
        merge = self.taker(step, PASSIVE | NORMS | {"scale"})
        if merge is None or merge.layer.op.name not in ("add", "concat"):
            return False
        start = step.inputs[0]
        while (before := self.producers[start]) is not None and len(self.readers[start]) == 1:
            if self.graph.steps[before].layer.op.name not in PASSIVE | {"avgpool", "maxpool"}:
                break
            start = self.graph.steps[before].inputs[0]
        end = self.number(merge)
        own = self.behind(step.outputs[0], end)
        reached = self.behind(start, end)
        return any(value in reached and value not in own for value in merge.inputs)

    # --- shapes -----------------------------------------------------------------------------------

    def shape(self, value: int) -> tuple[int, ...] | None:
        """The shape without the batch, at the sizes of the summary."""
        return self.analysis.shape(value)

    def stated_shape(self, value: int) -> tuple[int, ...] | None:
        """The same; None where it depends on a size that the source gives no value."""
        if self.assumed:
            for size in self.graph.types[value].shape:
                if isinstance(size, Size) and any(one.name in self.assumed for one in size.symbols):
                    return None
        return self.shape(value)

    @cached_property
    def assumed(self) -> frozenset[str]:
        """The symbolic sizes that the source gives no value: `H` and not `H=224`."""
        stated = {
            node.name.id
            for node in nodes(self.graph.instances[0].syntax)
            if isinstance(node, ast.Dimension) and node.name is not None
        }
        return frozenset(symbol.name for symbol in self.graph.symbols) - stated

    def slides(self, step: Step) -> tuple[Slide, ...] | None:
        """The windows of a convolution or pool, an axis each; None for other steps, and where a
        size has no value.
        """
        key = id(step.layer)  # alike layers share one record
        if key not in self._slides:
            before, after = self.stated_shape(step.inputs[0]), self.stated_shape(step.outputs[0])
            self._slides[key] = (
                None
                if before is None or after is None
                else slides(step.layer, before[1:], after[1:])
            )
        return self._slides[key]

    # --- places -----------------------------------------------------------------------------------

    def argument(self, step: Step, name: str) -> Span:
        """Where a step's call states an argument; the call itself where it does not."""
        written = self.written(step, name)
        return step.origin.span if written is None else written.span

    def call(self, step: Step) -> ast.Call | None:
        """The call of a step's own op, or of `separable`, which it is a part of; None where a block
        value or a merge stands there, whose parameters are others.
        """
        call = step.origin.node
        if not isinstance(call, ast.Call) or call.name.id not in (step.layer.op.name, "separable"):
            return None
        if _holds_block(step.origin.scope, call.name.id):
            return None
        if call.args is None and call.span != call.name.span:
            return self._declaration(step, call)
        return call

    def _declaration(self, step: Step, call: ast.Call) -> ast.Call | None:
        """The call of a shared layer where it is declared: its uses have no arguments."""
        return self._syntax(self.definition(step)).calls.get(call.span)

    def syntax_around(self, part: Step | Instance) -> tuple[object, ...]:
        """The records around the call of a step or an instance, outermost first; none where the
        body that it stands in does not hold it.
        """
        return self._syntax(self.definition(part)).around(part.origin.node)

    def place_in_syntax(self, step: Step) -> int:
        """Which one the call of a step is among those of its chain."""
        return self._syntax(self.definition(step)).places[id(step.origin.node)]

    def _syntax(self, definition: object) -> "Syntax":
        """Where the nodes of a definition stand in each other, worked out once."""
        known = self._definitions.get(id(definition))
        if known is None:
            known = self._definitions[id(definition)] = Syntax(definition)
        return known

    def definition(self, part: Step | Instance) -> object:
        """The syntax of the block or network in whose body a step or an instance stands."""
        instance = self.graph.instances[part.parent or 0]
        while instance.syntax is None and instance.parent is not None:
            instance = self.graph.instances[instance.parent]
        return instance.syntax

    def written(self, step: Step, name: str) -> ast.Argument | None:
        """The argument as a step's call states it, by name or by position."""
        call = self.call(step)
        op = None if call is None else find_op(call.name.id)
        if call is None or call.args is None or op is None:
            return None
        names = [parameter.name for parameter in op.parameters]
        for position, argument in enumerate(call.args):
            own = argument.name.id if argument.name else names[position]
            if own == name:
                return argument
        return None

    def with_argument(self, step: Step, name: str, value: str) -> Edit | None:
        """The edit that makes a step's call say `name=value`; None where its call is not plainly
        that of its op.
        """
        call = self.call(step)
        if call is None:
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


class Syntax:
    """The nodes of a block's or network's syntax.

    Attributes:
        calls: by where they stand, of several the outermost.
        places: of each node, by its `id`, which one it is in what holds it.
    """

    def __init__(self, root: object) -> None:
        self.calls: dict[Span, ast.Call] = {}
        self.places: dict[int, int] = {}
        self._holders: dict[int, object] = {}
        for node in nodes(root):
            if isinstance(node, ast.Call):
                self.calls.setdefault(node.span, node)
            for place, child in enumerate(node):
                if isinstance(child, tuple) and type(child) is not Span:
                    self._holders.setdefault(id(child), node)
                    self.places.setdefault(id(child), place)

    def around(self, node: object) -> tuple[object, ...]:
        """The records around a node, outermost first; none where it is not in there."""
        found = []
        holder = self._holders.get(id(node))
        while holder is not None:
            if type(holder) is not tuple:
                found.append(holder)
            holder = self._holders.get(id(holder))
        return tuple(reversed(found))


def _holds_block(scope: Any, name: str) -> bool:
    """Whether a name that could be an op's stands for a block value: a parameter `conv: block`."""
    bound = scope.find(name)
    return bound is not None and hasattr(bound.value, "target")


def nodes(node: object) -> Iterator[tuple[Any, ...]]:
    """A syntax node and all nodes in it, in the order of the source."""
    pending = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, tuple) and type(found) is not Span:
            yield found
            pending += reversed(found)
