"""The parser proper: runs the LALR(1) tables over tokens and calls a builder for each reduction."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter

from archdsl.annotations import Any, TypeAlias
from archdsl.diagnostics import Diagnostic
from archdsl.records import NamedTuple
from archdsl.source import Source, Span
from archdsl.syntax.ast import Expr, Name
from archdsl.syntax.lexer import EOF, KEYWORD_NUMBERS, NAME, Token, tokens
from archdsl.syntax.tables import ROW_OF_STATE, ROWS, RULES, START

Build: TypeAlias = Callable[[Sequence[Any], Span, "Context"], Any]
"""Makes a node of its children and its span, and reports to the context what is wrong inside it."""


class _States(dict[int, dict[int, int]]):
    """Of each state: symbol -> the state to shift to, or ~rule to reduce by.

    Rows are unpacked when they are first needed: a file needs a third of them.
    """

    def __missing__(self, state: int) -> dict[int, int]:
        entries = iter(bytes.fromhex(ROWS[ROW_OF_STATE[state]]))
        self[state] = row = {
            symbol: (high << 8 | low) - 0x8000
            for symbol, high, low in zip(entries, entries, entries, strict=True)
        }
        return row


STATES = _States()


Reduction: TypeAlias = tuple[int, int, Callable[[list[Any]], Any] | None, Build | None, bool]
"""What a rule does: its size, origin, pick, build and unit. It takes `size` symbols for one that is
`origin`, picks the children, and builds a node of them.

Without a `build`, what was picked is the value: the only child, or the list that the rule around it
splices in. A `unit` has one symbol, which is that only child. A record would be unpacked three
times as slowly as this plain tuple, for each node of a file.
"""


class Stack(NamedTuple):
    """The parser's stack: of each symbol its state, its value and where it starts.

    `states` has one more: the state before the first symbol.
    """

    states: list[int]
    values: list[Any]
    starts: list[int]


class Driver:
    """The tables together with builders for their rules.

    Args:
        builder: gives the builder for a rule's name; None where the rule's only child will do.
    """

    def __init__(self, builder: Callable[[str], Build | None]) -> None:
        self._builder = builder
        self._reductions: list[Reduction | None] = [None] * len(RULES)
        # Where one reduction leads: an expression is a chain of ten rules with one symbol each
        # (atom, postfix, power, …), and following it once is enough. The state, nonterminal and
        # lookahead in one number -> the state where it ends, and the action there.
        self._hops: dict[int, tuple[int, int | None]] = {}

    def run(self, stack: Stack, stream: Iterable[Token], context: "Context") -> Token | None:
        """Consumes tokens until the start symbol is complete, as `stack.values[-1]`, or an error.

        Returns:
            the token at which no rule goes on; None where all went well.
        """
        states, values, starts = stack
        source = context.source
        reductions, hops = self._reductions, self._hops
        new: Any = tuple.__new__  # spans and names are too many for their own constructors
        row = STATES[states[-1]]
        end = starts[-1] if starts else 0
        for token in stream:
            terminal, text, start = token
            action = row.get(terminal)
            if action is None and terminal in KEYWORD_NUMBERS:
                terminal = NAME
                action = row.get(NAME)
            while action is not None and action < 0:
                size, origin, pick, build, _ = reductions[~action] or self._reduction(~action)
                if size > 1:
                    value: Any = values[-size:]
                    del values[-size:], states[-size:], starts[1 - size :]
                elif size:
                    value = [values.pop()]
                    states.pop()
                else:
                    value = []
                    starts.append(start)
                if pick is not None:
                    value = pick(value)
                if build is not None:
                    value = build(value, new(Span, (source, starts[-1], end)), context)
                values.append(value)
                state = states[-1]
                key = state << 16 | origin << 8 | terminal
                state, action = hops.get(key) or self._hop(key, state, origin, terminal)
                states.append(state)
            if action is None:
                return token
            if terminal == EOF:
                return None
            states.append(action)
            starts.append(start)
            end = start + len(text)
            values.append(
                new(Name, (text, new(Span, (source, start, end)))) if terminal == NAME else text
            )
            row = STATES[action]
        raise AssertionError("the tokens end without EOF")

    def _reduction(self, number: int) -> Reduction:
        origin, size, name, vanishes, children = RULES[number]
        build = self._builder(name)
        only = len(children) == 1 and (vanishes or build is None)
        if name.startswith("__"):
            build, only = None, False
        if only:
            reduction: Reduction = size, origin, itemgetter(children[0]), None, size == 1
        else:
            reduction = size, origin, _picker(children, size), build, False
        self._reductions[number] = reduction
        return reduction

    def _hop(self, key: int, state: int, origin: int, terminal: int) -> tuple[int, int | None]:
        while True:
            target = STATES[state][origin]
            action = STATES[target].get(terminal)
            if action is None or action >= 0:
                break
            _, above, _, _, unit = self._reductions[~action] or self._reduction(~action)
            if not unit:
                break
            origin = above
        self._hops[key] = target, action
        return target, action


def _picker(children: tuple[int, ...], size: int) -> Callable[[list[Any]], Any] | None:
    """Picks the children among the values of a rule's symbols; None where they are all of them.

    The frequent patterns have functions of their own; any other goes through the last.
    """
    if children == tuple(range(size)):
        return None
    if len(children) == 1 and children[0] < 100:
        only = children[0]
        return lambda symbols: [symbols[only]]
    if len(children) > 1 and max(children) < 100:
        get = itemgetter(*children)
        if -1 not in children:
            return get
        return lambda symbols: get([*symbols, None])
    if len(children) > 1 and children[0] >= 100 > max(children[1:]):
        if len(children) == 2 and children[1] >= 0:
            return partial(_lengthened, children[0] - 100, children[1])
        return partial(_extended, children[0] - 100, children[1:])
    if len(children) == 2 and -1 < children[0] < 100 <= children[1]:
        first, rest = children[0], children[1] - 100
        return lambda symbols: [symbols[first], *symbols[rest]]
    return partial(_picked, children)


def _lengthened(spliced: int, added: int, symbols: list[Any]) -> list[Any]:
    """A list that grows in place by one item: copying it each time would take quadratic time."""
    items: list[Any] = symbols[spliced]
    items.append(symbols[added])
    return items


def _extended(spliced: int, added: tuple[int, ...], symbols: list[Any]) -> list[Any]:
    """A list that grows in place: copying it for each item would take quadratic time."""
    items: list[Any] = symbols[spliced]
    items += [symbols[child] if child >= 0 else None for child in added]
    return items


def _picked(children: tuple[int, ...], symbols: list[Any]) -> list[Any]:
    picked: list[Any] = []
    for child in children:
        if child >= 100:
            picked += symbols[child - 100]
        else:
            picked.append(symbols[child] if child >= 0 else None)
    return picked


class Context:
    """One parse of one source: what builders may ask for."""

    def __init__(self, driver: Driver, source: Source) -> None:
        self.driver = driver
        self.source = source
        self.problems: list[Diagnostic] = []
        self.nested: tuple[object, int] = (None, 0)
        """The node whose depth was measured last, and that depth; see `build`."""
        self.operators: dict[int, int] = {}
        """How many operators stand in a row, by the `id` of the last operation; see `build`."""

    def report(self, code: str, message: str, span: Span, help: str) -> None:
        self.problems.append(Diagnostic(code, message, span, help=help))

    def expression(self, start: int, end: int) -> Expr | None:
        """The expression that `start:end` of the source is; None after an error, reported here."""
        stack = Stack([START["expression"]], [], [])
        openers: list[int] = []
        found = self.driver.run(stack, tokens(self.source.text, start, end, openers, []), self)
        if found is None:
            return stack.values[-1]  # type: ignore[no-any-return]
        from archdsl.syntax.errors import diagnose  # only a source with an error pays for it
        from archdsl.syntax.errors.failure import Failure

        self.problems.append(diagnose(Failure(self.source, end, stack, found, openers)))
        return None
