"""What each instance of the tree reads, runs and gives back.

An instance is written as a module of its own, so it must be a function of some values: the ones
that its steps read from around it. That holds for nearly all instances. Where a shared layer of an
outer body is applied in the middle of one, its steps are not contiguous; such an instance is
opened: its parent runs its steps, and the module is only a container for their weights. So is a
level that only says how values without weights are joined.
"""

import itertools
from collections.abc import Iterable, Iterator

from archdsl.graph.ir import Graph, Step
from archdsl.records import NamedTuple


class Region(NamedTuple):
    """An instance as a function.

    Attributes:
        reads: values from around it, its own inputs first.
        writes: values made in it that are used around it, its results first.
        runs: what it applies, in order of execution: a step as its index, an instance as the
            complement (~).
        created: what it holds, in order of creation, each with its path within the region.
    """

    reads: tuple[int, ...]
    writes: tuple[int, ...]
    runs: tuple[int, ...]
    created: tuple[tuple[int, tuple[str, ...]], ...]


class Regions:
    """The regions of a graph, by instance.

    Attributes:
        live: whether a step leads to an output; in a dead instance, to its own result, so that its
            class is that of the live ones.
        dead: the instances that nobody applies: no result of theirs leads to an output, or to the
            result of the dead instance around them.
        lasting: whether it leads to an output that is returned in evaluation, too.
        weighted: the instances that hold weights.
        opened: the instances whose steps run in their parent.
        passed: `identity` steps of these that are left out: their result is what they take.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.live = self._reaching([output.value for output in graph.outputs])
        self.lasting = self._reaching(
            [output.value for output in graph.outputs if not output.training]
        )
        self._maker: dict[int, int] = {
            value: index for index, step in enumerate(graph.steps) for value in step.outputs
        }
        apart = self._not_contiguous()
        self.dead = self._dead(apart)
        self._depths = self._depth_of_each()
        self.weighted = self._with_weights()
        joining = self._mere_steps()
        self.opened = apart | joining
        self.passed = {
            index
            for index, step in enumerate(graph.steps)
            if step.parent in joining and step.layer.op.name == "identity" and self.live[index]
        }
        self._hosts = self._host_of_each()
        self._reads: list[dict[int, None]] = [{} for _ in graph.instances]
        self._writes: list[dict[int, None]] = [{} for _ in graph.instances]
        self._runs: list[list[int]] = [[] for _ in graph.instances]
        self._connect()

    def region(self, instance: int) -> Region:
        """The region of an instance that is not opened."""
        node = self.graph.instances[instance]
        read, written = self._reads[instance], self._writes[instance]
        reads = [value for value in dict.fromkeys(node.inputs) if value in read]
        reads += [value for value in sorted(read) if value not in reads]
        writes = [value for value in dict.fromkeys(node.outputs) if value in written]
        writes += [value for value in sorted(written) if value not in writes]
        if instance == 0:
            reads = [given.value for given in self.graph.inputs]
            writes = list(dict.fromkeys(output.value for output in self.graph.outputs))
        return Region(
            tuple(reads),
            tuple(writes),
            tuple(self._runs[instance]),
            tuple(self._created(instance, ())),
        )

    def _created(
        self, instance: int, path: tuple[str, ...]
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        for member in self.graph.instances[instance].members:
            if member >= 0:
                yield member, (*path, self.graph.steps[member].name)
            else:
                inner = ~member
                own = (*path, self.graph.instances[inner].name)
                yield member, own
                if inner in self.opened:
                    yield from self._created(inner, own)

    def _reaching(self, values: list[int]) -> list[bool]:
        wanted = set(values)
        found = [False] * len(self.graph.steps)
        for index in range(len(self.graph.steps) - 1, -1, -1):
            step = self.graph.steps[index]
            if any(value in wanted for value in step.outputs):
                found[index] = True
                wanted.update(step.inputs)
        return found

    def _dead(self, apart: set[int]) -> set[int]:
        """The dead instances. Steps in them that lead to their results are live from here on, but
        not in one of those `apart`, to which some are added: they have no class, and nobody runs
        their steps.
        """
        instances = self.graph.instances
        found: set[int] = set()
        idle = self._idle(range(1, len(instances)))
        while idle:
            outermost = {number for number in idle if instances[number].parent not in idle}
            found |= outermost
            # What gives back nothing of its own is no function.
            apart |= {number for number in outermost if not self._own_results(number)}
            results = [value for number in outermost for value in instances[number].outputs]
            reaching = self._reaching(results)
            run: set[int] = set()
            for number in sorted(idle):
                if instances[number].parent in run or number in outermost - apart:
                    run.add(number)
            for index, step in enumerate(self.graph.steps):
                if step.parent in run:
                    self.live[index] = reaching[index]
            # What is still idle leads to no result of the dead instance around it.
            idle = self._idle(sorted(idle - outermost))
        return found

    def _idle(self, numbers: Iterable[int]) -> set[int]:
        """Those of the instances that hold steps, but none that is live."""
        instances = self.graph.instances
        lives = [False] * len(instances)
        holds = [False] * len(instances)
        for index, step in enumerate(self.graph.steps):
            lives[step.parent] |= self.live[index]
            holds[step.parent] = True
        for number in range(len(instances) - 1, 0, -1):
            parent = instances[number].parent
            assert parent is not None
            lives[parent] |= lives[number]
            holds[parent] |= holds[number]
        return {number for number in numbers if holds[number] and not lives[number]}

    def _depth_of_each(self) -> list[int]:
        depths: list[int] = []
        for node in self.graph.instances:
            depths.append(0 if node.parent is None else depths[node.parent] + 1)
        return depths

    def _not_contiguous(self) -> set[int]:
        """Instances among whose steps there is one that is not theirs."""
        instances = self.graph.instances
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        count: dict[int, int] = {}
        for index, step in enumerate(self.graph.steps):
            first.setdefault(step.parent, index)
            last[step.parent] = index
            count[step.parent] = count.get(step.parent, 0) + 1
        for number in range(len(instances) - 1, 0, -1):
            parent = instances[number].parent
            if number not in count or parent is None:
                continue
            first[parent] = min(first.get(parent, first[number]), first[number])
            last[parent] = max(last.get(parent, last[number]), last[number])
            count[parent] = count.get(parent, 0) + count[number]
        return {
            number
            for number in count
            if number and last[number] - first[number] + 1 != count[number]
        }

    def _with_weights(self) -> set[int]:
        found: set[int] = set()
        for step in self.graph.steps:
            if step.layer.holds_tensors:
                number: int | None = step.parent
                while number is not None and number not in found:
                    found.add(number)
                    number = self.graph.instances[number].parent
        return found

    def _mere_steps(self) -> set[int]:
        """Levels of steps without weights that `nn.Sequential` cannot hold, or of a single one."""
        found: set[int] = set()
        shared = {node.use_of for node in self.graph.instances}
        for number, node in enumerate(self.graph.instances):
            if node.kind != "level" or number in self.weighted | self.dead | shared:
                continue
            around = self.graph.instances[node.parent or 0]
            if around.numbered or not node.members or any(member < 0 for member in node.members):
                continue
            straight = all(
                self.graph.steps[later].inputs == self.graph.steps[member].outputs
                for member, later in itertools.pairwise(node.members)
            )
            if len(node.members) == 1 or not straight:
                found.add(number)
        return found

    def _host_of_each(self) -> list[int]:
        """The nearest instance around or equal that is not opened."""
        hosts: list[int] = []
        for number, node in enumerate(self.graph.instances):
            opened = number in self.opened and node.parent is not None
            hosts.append(hosts[node.parent or 0] if opened else number)
        return hosts

    def maker(self, value: int) -> Step | None:
        """The step that makes a value; None for an input."""
        made = self._maker.get(value)
        return None if made is None else self.graph.steps[made]

    def lasts(self, value: int) -> bool:
        """Whether a value leads to an output that is returned in evaluation."""
        made = self._maker.get(value)
        return made is None or self.lasting[made]

    def around(self, instance: int) -> int | None:
        """The region in which a region is a part."""
        parent = self.graph.instances[instance].parent
        return None if parent is None else self._hosts[parent]

    def _connect(self) -> None:
        placed: set[int] = set()
        for index, step in enumerate(self.graph.steps):
            home = self._hosts[step.parent]
            self._runs[home].append(index)
            while home and home not in placed:
                placed.add(home)
                around = self.around(home)
                assert around is not None
                self._runs[around].append(~home)
                home = around
            if self.live[index]:
                for value in step.inputs:
                    self._cross(value, self._hosts[step.parent])
        for output in self.graph.outputs:
            self._cross(output.value, None)
        for number in self.dead:
            for value in self._own_results(number):
                self._writes[number][value] = None
                self._cross(value, self._hosts[number])

    def _own_results(self, instance: int) -> list[int]:
        """The results of an instance that are made in it."""
        return [
            value
            for value in self.graph.instances[instance].outputs
            if value in self._maker and self._inside(self._maker[value], instance)
        ]

    def _inside(self, step: int, instance: int) -> bool:
        """Whether a step belongs to an instance or what it holds."""
        number: int | None = self.graph.steps[step].parent
        while number is not None and number > instance:
            number = self.graph.instances[number].parent
        return number == instance

    def _cross(self, value: int, reader: int | None) -> None:
        """A value is read in a region: it enters the regions around the reader and leaves those
        around its maker.
        """
        made = self._maker.get(value)
        maker = None if made is None else self._hosts[self.graph.steps[made].parent]
        while reader != maker:
            deeper = maker is None or (
                reader is not None and self._depths[reader] >= self._depths[maker]
            )
            if deeper:
                assert reader is not None
                self._reads[reader][value] = None
                reader = self.around(reader)
            else:
                assert maker is not None
                self._writes[maker][value] = None
                maker = self.around(maker)
