"""Which values everything passes that comes from one value."""

from archdsl.lint.net import Net


class Necks:
    """The values that every path from one value to others passes.

    That is its tree of dominators (Cooper, Harvey and Kennedy, "A Simple, Fast Dominance
    Algorithm", 2001), which grows as far as it is asked for: steps stand in order, so each is
    looked at once.
    """

    def __init__(self, net: Net, start: int) -> None:
        first = net.producers[start]
        self._net = net
        self._next = 0 if first is None else first + 1
        self._above = {start: start}
        """For each value that the start leads to, the last one that all paths to it pass."""
        self._depth = {start: 0}

    def pass_through(self, value: int, end: int) -> bool:
        """Whether every path from the start to `end` passes a value, and there is one."""
        last = self._net.producers[end]
        assert last is not None
        self._grow(last)
        if value not in self._depth or end not in self._depth:
            return False
        while self._depth[end] > self._depth[value]:
            end = self._above[end]
        return end == value

    def _grow(self, last: int) -> None:
        """Look at the steps up to one."""
        for step in self._net.graph.steps[self._next : last + 1]:
            reached = [value for value in step.inputs if value in self._depth]
            if not reached:
                continue
            above = reached[0]
            for value in reached[1:]:
                above = self._common(above, value)
            for made in step.outputs:
                self._above[made] = above
                self._depth[made] = self._depth[above] + 1
        self._next = max(self._next, last + 1)

    def _common(self, one: int, other: int) -> int:
        """The last value that all paths to both pass."""
        depth, above = self._depth, self._above
        while one != other:
            if depth[one] < depth[other]:
                one, other = other, one
            one = above[one]
        return one
