"""From columns of numbers to expressions: what varies between the instances of a class, in terms of
its parameters.

A column holds one value for each shape of the class. A constant column is a literal. For a varying
one the source's own expression is tried first, then the block's parameters, then simple relations
to them; where nothing fits, the class gets a parameter of its own for it. Every expression was
compared with the whole column.
"""

from collections.abc import Iterable, Mapping, Sequence

from archdsl.backends.pytorch.expressions import (
    Expr,
    Literal,
    Not,
    Operation,
    Param,
    Unfit,
    decided,
    evaluate,
    names,
    negated,
    with_parts,
)
from archdsl.backends.pytorch.shapes import Shape
from archdsl.backends.pytorch.text import safe, same_argument, same_value

IN_CHANNELS = "in_channels"
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""Comparisons the other way round: a number stands on the right."""


class Columns:
    """The parameters that a class may have, with their values for each shape, and what was made of
    them.

    Attributes:
        values: for each position, the value of each parameter that may be used.
        own: the block's own varying parameters, in its order.
        extra: the parameters that were added because nothing else fitted.
        wished: what those of them would be called whose name was not free.
        local: expressions of `let`s that may become variables of the constructor.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.values: list[dict[str, object]] = []
        for shape in shapes:
            values = {safe(name): value for name, value in shape.args}
            if shape.channels and isinstance(shape.channels[0], int):
                values.setdefault(IN_CHANNELS, shape.channels[0])
            self.values.append(values)
        shared = set.intersection(*(set(values) for values in self.values))
        order = [name for name in self.values[0] if name in shared]
        self.own = [
            name for name in order if name != IN_CHANNELS and not self._constant(self.column(name))
        ]
        self.has_in_channels = IN_CHANNELS in shared and not self._constant(
            self.column(IN_CHANNELS)
        )
        self.extra: list[str] = []
        self.wished: dict[str, str] = {}
        self._open: dict[str, set[int]] = {}
        self.local: dict[str, Expr] = {}

    @property
    def everywhere(self) -> range:
        return range(len(self.values))

    def column(self, name: str, positions: Iterable[int] | None = None) -> dict[int, object]:
        chosen = self.everywhere if positions is None else positions
        return {position: self.values[position][name] for position in chosen}

    @staticmethod
    def _constant(column: Mapping[int, object]) -> bool:
        first, *others = column.values()
        return all(same_value(value, first) for value in others)

    # --- numbers ----------------------------------------------------------------------------------

    def fit(
        self,
        column: Mapping[int, object],
        proposals: Sequence[Expr | None],
        name: str,
        argument: str = "",
    ) -> Expr:
        """The expression of a column, which is an argument of a layer where it has a name as such;
        `name` is that of a new parameter if one is needed.
        """
        return self.find(column, proposals, argument) or self.parameter(column, name)

    def parameter(self, column: Mapping[int, object], name: str) -> Param:
        """A parameter of the class's own for a column: one that has these values, or a new one."""
        for known in self.extra:
            unread = self._open[known]
            if all(
                position in unread or same_value(self.values[position][known], value)
                for position, value in column.items()
            ):
                for position, value in column.items():
                    self.values[position][known] = value
                unread -= column.keys()
                return Param(known)
        return Param(self._added(column, name))

    def filler(self, name: str) -> object:
        """What a parameter of the class's own holds where it is unread; None if all read it."""
        unread = self._open.get(name)
        return self.values[min(unread)][name] if unread else None

    def find(
        self, column: Mapping[int, object], proposals: Sequence[Expr | None], argument: str = ""
    ) -> Expr | None:
        """The expression of a column, if there is one over the parameters that the class has."""
        constant = self._constant(column)
        value = next(iter(column.values()))
        if constant and len(column) == len(self.values):
            return self._calculation(value, proposals) or Literal(value)
        for proposal in proposals:
            reduced = proposal and self.reduced(proposal)
            if reduced is None or (constant and isinstance(reduced, Literal)):
                continue
            if self.holds(reduced, column, argument):
                return reduced
        if constant:
            return Literal(value)
        return next((found for found in self._relations(column) if self.holds(found, column)), None)

    def _calculation(self, value: object, proposals: Sequence[Expr | None]) -> Expr | None:
        """`0.2 * 3 / 16` rather than 0.037500000000000006: how the source comes to a number."""
        if not isinstance(value, float) or not value:
            return None
        for proposal in proposals:
            written = proposal and self.reduced(proposal, fold=False)
            if written is None or isinstance(written, Literal) or next(iter(names(written)), None):
                continue
            try:
                if evaluate(written, {}) == value:
                    return written
            except Unfit:
                continue
        return None

    def holds(self, expr: Expr, column: Mapping[int, object], argument: str = "") -> bool:
        """Whether an expression has these values. Names that do not vary are not parameters, so
        they do not count.
        """
        allowed = {*self.own, *self.extra, *self.local}
        if self.has_in_channels:
            allowed.add(IN_CHANNELS)
        if not set(names(expr)) <= allowed:
            return False
        for position, value in column.items():
            try:
                found = evaluate(expr, self.values[position])
            except Unfit:
                return False
            if not same_argument(argument, found, value):
                return False
        return True

    def reduced(self, expr: Expr, fold: bool = True) -> Expr:
        """The expression with the parameters that do not vary as literals."""
        if isinstance(expr, Param):
            known = [values.get(expr.name, expr) for values in self.values]
            varies = expr.name in (*self._names(), *self.local)
            return expr if varies or expr in known else Literal(known[0])
        if isinstance(expr, Literal):
            return expr
        made = decided(with_parts(expr, lambda part: self.reduced(part, fold)))
        if isinstance(made, Operation) and made.op in MIRRORED and isinstance(made.left, Literal):
            made = Operation(MIRRORED[made.op], made.right, made.left)
        folded = self._folded(made)
        whole = isinstance(folded, Literal) and isinstance(folded.value, int)
        return folded if fold or whole else made

    def _folded(self, expr: Expr) -> Expr:
        """An expression without parameters as its value."""
        if next(iter(names(expr)), None) is not None:
            return expr
        try:
            value = evaluate(expr, {})
        except Unfit:
            return expr
        return Literal(value)

    def _names(self) -> list[str]:
        return [*self.own, *((IN_CHANNELS,) if self.has_in_channels else ()), *self.extra]

    def _relations(self, column: Mapping[int, object]) -> Iterable[Expr]:
        """Simple relations that may hold; a caller checks them."""
        known = self._names()
        yield from map(Param, known)
        value = next(iter(column.values()))
        if isinstance(value, bool) or not isinstance(value, int):
            return
        position = next(iter(column))
        numbers = [
            name
            for name in known
            if isinstance(self.values[position][name], int)
            and not isinstance(self.values[position][name], bool)
        ]
        for name in numbers:
            first = self.values[position][name]
            assert isinstance(first, int)
            if first > 0 and value > 0:
                if value % first == 0:
                    yield Operation("*", Literal(value // first), Param(name))
                if first % value == 0:
                    yield Operation("//", Param(name), Literal(first // value))
        for index, one in enumerate(numbers):
            for other in numbers[index:]:
                yield Operation("*", Param(one), Param(other))
                yield Operation("+", Param(one), Param(other))

    def _added(self, column: Mapping[int, object], name: str) -> str:
        """A parameter of the class's own for a column."""
        own = safe(name)
        number = 2
        while any(own in values for values in self.values) or own in self.local:
            own, number = f"{safe(name)}{number}", number + 1
        # Where a part is missing the parameter is not read; it keeps the type.
        value = next(iter(column.values()))
        filler = type(value)() if isinstance(value, bool | int | float | str) else value
        for position in self.everywhere:
            self.values[position][own] = column.get(position, filler)
        self.extra.append(own)
        if own != safe(name):
            self.wished[own] = safe(name)
        self._open[own] = {position for position in self.everywhere if position not in column}
        return own

    def rename(self, name: str, wished: str) -> None:
        """Give an added parameter the name of one that nothing reads."""
        for values in self.values:
            values[wished] = values.pop(name)
        self.own = [one for one in self.own if one != wished]
        self.extra[self.extra.index(name)] = wished
        self._open[wished] = self._open.pop(name)

    # --- variables --------------------------------------------------------------------------------

    def keep(self, name: str, expr: Expr) -> Expr | None:
        """A variable for the expression of a `let`, if it is a number in every shape."""
        expr = self.reduced(expr)
        if self.local.get(name) == expr:
            return Param(name)
        if isinstance(expr, Literal | Param) or name in self._names() or name in self.local:
            return None
        found = {}
        for position in self.everywhere:
            try:
                found[position] = evaluate(expr, self.values[position])
            except Unfit:
                return None
            if not isinstance(found[position], int | float) or isinstance(found[position], bool):
                return None
        if any(name in values for values in self.values):
            return None
        for position, value in found.items():
            self.values[position][name] = value
        self.local[name] = expr
        return Param(name)

    # --- conditions -------------------------------------------------------------------------------

    def condition(
        self,
        holds: Iterable[int],
        within: Iterable[int],
        proposals: Sequence[Expr | None],
        name: str,
    ) -> Expr:
        """The expression that is true at some positions of `within` and false at the others."""
        where = set(holds)
        truth = {position: position in where for position in within}
        for proposal in (*proposals, *self._tests(truth)):
            if proposal is not None:
                proposal = self.reduced(proposal)
                if self._tells(proposal, truth):
                    return proposal
        return self.parameter(truth, name)

    def _tells(self, expr: Expr, truth: Mapping[int, bool]) -> bool:
        if isinstance(expr, Literal) or not set(names(expr)) <= {*self._names(), *self.local}:
            return False
        for position, expected in truth.items():
            try:
                if bool(evaluate(expr, self.values[position])) is not expected:
                    return False
            except Unfit:
                return False
        return True

    def _tests(self, truth: Mapping[int, bool]) -> Iterable[Expr]:
        for name in self._names():
            column = self.column(name, truth)
            yes = {value for position, value in column.items() if truth[position]}
            no = {value for position, value in column.items() if not truth[position]}
            if all(isinstance(value, bool) for value in column.values()):
                yield Param(name)
                yield Not(Param(name))
            elif len(no) == 1 and type(next(iter(no))) in (int, float):
                absent = Literal(next(iter(no)))
                yield Operation(">", Param(name), absent)
                yield Operation("!=", Param(name), absent)
            elif len(yes) == 1 and type(next(iter(yes))) not in (bool, type(None)):
                yield Operation("==", Param(name), Literal(next(iter(yes))))


def either(condition: Expr, wanted: bool) -> Expr:
    return condition if wanted else negated(condition)
