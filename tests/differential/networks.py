"""Draws networks that are legal by construction, over every op and most of the language.

Each statement is drawn for the shape that has been reached, run on shapes, and kept if it is legal.
"""

from collections.abc import Mapping

from tests.differential.blocks import Blocks
from tests.differential.choices import Choices
from tests.differential.interpreter import Frame, Interpreter
from tests.differential.programs import Argument, Input, Network, Symbolic
from tests.differential.scopes import Scope, Trial
from tests.differential.shapes import Shapes

MOST_LAYERS = 100
KINDS = {
    0: ("tabular",),
    1: ("sequence", "audio", "tensor"),
    2: ("image", "tensor"),
    3: ("volume", "video", "tensor"),
}
SIZES = {0: (1, 1), 1: (9, 25), 2: (5, 13), 3: (3, 6)}
"""Smallest and largest size of a spatial axis, by rank."""
DEFAULTS: Mapping[str, tuple[Mapping[str, Argument], ...]] = {
    "conv": ({"bias": False}, {"kernel": 1, "bias": False}),
    "bn": ({"eps": 1e-3, "momentum": 0.01},),
    "leaky_relu": ({"slope": 0.2},),
    "maxpool": ({"kernel": 3, "stride": 2, "pad": 1},),
}


def network(c: Choices) -> Network:
    """A random network."""
    return _Drawer(c).network()


class _Drawer:
    def __init__(self, c: Choices) -> None:
        self.c = c
        self.symbols: dict[str, Symbolic] = {}

    def network(self) -> Network:
        c = self.c
        target = c.number(*c.pick(((5, 15), (5, 30), (20, 50), (40, 90))))
        inputs = self._inputs()
        defaults = tuple((op, c.pick(options)) for op, options in DEFAULTS.items() if c.chance(12))
        network = Network(defaults, (), inputs, (), ())
        machine = Shapes(network.symbols)
        interpreter = Interpreter(machine, defaults)
        given = {one.name: interpreter.start(machine.input(one)) for one in inputs}
        first = next(iter(given.values()))
        frame = Frame(first, first if len(given) == 1 else None, values=given)
        scope = Scope(frame, top=True)
        trial = Trial(interpreter, machine, MOST_LAYERS)
        drawer = Blocks(c, trial)
        if len(given) > 1:
            scope.values += given
            scope.unread.update(given)
        stalled = 0
        while machine.layers < target and stalled < 20:
            before = machine.layers
            drawer.statement(scope)
            stalled = 0 if machine.layers > before else stalled + 1
        outputs = self._outputs(scope, drawer)
        return network._replace(
            blocks=tuple(drawer.blocks), body=tuple(scope.statements), outputs=outputs
        )

    def _outputs(self, scope: Scope, drawer: Blocks) -> tuple[tuple[str, bool], ...]:
        """Everything that nothing has read, some of it perhaps for training alone."""
        c = self.c
        others = sorted(scope.unread - {given for given in scope.values if given[0] == "x"})
        if not others and c.chance(60):
            return ()
        drawer.keep(scope)
        last = next(
            name
            for name, value in reversed(scope.frame.values.items())
            if value is scope.frame.current
        )
        found = {name: c.chance(20) for name in others} | {last: False}
        names = list(found)
        if c.chance(50):
            names.reverse()
        return tuple((name, found[name]) for name in names)

    def _inputs(self) -> tuple[Input, ...]:
        c = self.c
        rank = c.weighted({2: 11, 1: 4, 3: 3, 0: 2})
        sizes = tuple(self._size(rank, axis) for axis in range(rank))
        count = c.weighted({1: 8, 2: 2, 3: 1})
        inputs = []
        for number in range(count):
            # Further inputs often have the same map, so that they can be joined.
            if number and c.chance(30):
                sizes = tuple(self._size(rank, axis) for axis in range(rank))
            name = "x" if count == 1 else f"x{number + 1}"
            channels = c.number(1, 6) if rank else c.number(4, 24)
            inputs.append(Input(name, c.pick(KINDS[rank]), (channels, *sizes)))
        return tuple(inputs)

    def _size(self, rank: int, axis: int) -> int | Symbolic:
        c = self.c
        size = c.number(*SIZES[rank])
        if not c.chance(25):
            return size
        name = {1: "T", 2: "HW", 3: "DHW"}[rank][axis]
        if name in self.symbols:
            return self.symbols[name]
        multiple = c.weighted({1: 4, 2: 3, 4: 1})
        hint = -(-size // multiple) * multiple
        minimum = c.pick((1, hint - hint % 2 or 1))
        found = Symbolic(name, hint, hint + multiple * c.number(1, 3), multiple, minimum)
        return self.symbols.setdefault(name, found)
