"""A body while it is drawn: its statements so far, and what they have made."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from archdsl.types import TensorType
from tests.differential.interpreter import Frame, Illegal, Interpreter, Value
from tests.differential.programs import Do, Expression, Let, Share, Statement
from tests.differential.shapes import Shapes, numbers


@dataclass
class Scope:
    """A body of which more is drawn.

    Attributes:
        frame: the body as it has run so far.
        terms: expressions that may stand for an argument, by the argument's name.
        conditions: expressions for `if`.
        values: names of values, those that nothing has read first marked by `unread`.
        shared: names of shared layers and parameters of type block.
        suffix: what makes a name differ in each turn of the loops around; None where nothing can.
        top: whether it is the network's own body.
        deep: how many levels, loops and blocks are around it.
        shortcuts: whether the level has a shortcut without a name, in a list that its braces share.
    """

    frame: Frame[TensorType]
    terms: Mapping[str, tuple[Expression, ...]] = field(default_factory=dict)
    conditions: tuple[Expression, ...] = ()
    values: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    shared: list[str] = field(default_factory=list)
    suffix: str | None = ""
    top: bool = False
    deep: int = 0
    shortcuts: list[bool] = field(default_factory=lambda: [False])
    statements: list[Statement] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the current value, at the sizes that the source gives."""
        if self.frame.current is None:
            raise Illegal("there is no current value")
        return numbers(self.frame.current.data)

    def value(self, name: str) -> Value[TensorType]:
        """The value of a name, in the turn that the frame is in."""
        return self.frame.values[name.format(**self.frame.names)]

    def inside(self, level: bool = False, suffix: str | None = "") -> "Scope":
        """Braces in this body, as a scope of their own; `level`: under a name."""
        around = self.suffix
        return Scope(
            self.frame.copy(),
            self.terms,
            self.conditions,
            list(self.values),
            set(),
            list(self.shared),
            None if around is None or suffix is None else around + suffix,
            deep=self.deep + 1,
            shortcuts=[False] if level else self.shortcuts,
        )


class Trial:
    """Runs statements on shapes, and takes back those that are illegal."""

    def __init__(self, interpreter: Interpreter[TensorType], machine: Shapes, most: int) -> None:
        self.interpreter = interpreter
        self.machine = machine
        self.most = most

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Layers that are only tried."""
        count = self.machine.layers
        try:
            yield
        finally:
            self.machine.layers = count

    def add(self, scope: Scope, statement: Statement) -> None:
        """A statement at the end of a body. Raises Illegal, and leaves the body as it was."""
        frame = scope.frame.copy()
        count = self.machine.layers
        try:
            self.interpreter.statement(statement, frame)
            if self.machine.layers > self.most:
                raise Illegal("too many layers")
        except Illegal:
            self.machine.layers = count
            raise
        if not isinstance(statement, Share | Let) and not (
            isinstance(statement, Do) and statement.flow.source not in (None, "prev")
        ):
            current = scope.frame.current
            scope.unread -= {name for name in scope.unread if scope.value(name) is current}
        scope.frame = frame
        scope.statements.append(statement)

    def first_legal(self, tries: int, action: Callable[[], None]) -> bool:
        """Whether an action was legal within so many tries."""
        for _ in range(tries):
            try:
                action()
            except Illegal:
                continue
            return True
        return False
