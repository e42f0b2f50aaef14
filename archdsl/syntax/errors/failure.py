"""The facts of a syntax error: what was found, what stands around it, what could stand there."""

from collections.abc import Iterator

from archdsl.diagnostics import Diagnostic, Edit, Fix, Related
from archdsl.source import Source, Span
from archdsl.syntax.driver import STATES, Stack
from archdsl.syntax.lexer import EOF, KEYWORD_NUMBERS, NAME, Token, tokens
from archdsl.syntax.tables import KEYWORDS, NONTERMINALS, RESERVED, RULES, TERMINALS

_NUMBERS = {text: number for number, text in enumerate(TERMINALS)}
_STATEMENTS = [
    len(TERMINALS) + NONTERMINALS.index(name)
    for name in ("statement", "opening", "entry", "definition")
]
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Place:
    """Where in the parser's stack the innermost statement, or definition, begins.

    Attributes:
        depth: how many symbols lie under it.
        state: the parser's state when it is complete.
        in_file: whether it is a definition.
        start: the offset of its first character, None where it has none yet.
    """

    def __init__(self, stack: Stack, in_file: bool = False) -> None:
        """With `in_file`, the definition around it all."""
        symbols = _STATEMENTS[-1:] if in_file else _STATEMENTS
        closed = 0  # how many braces were closed above that are still on the stack
        for depth in range(len(stack.states) - 1, -1, -1):
            row = STATES[stack.states[depth]]
            symbol = next((symbol for symbol in symbols if symbol in row), None)
            if symbol is not None and not closed:
                self.depth = depth
                self.state = row[symbol]
                self.in_file = symbol == _STATEMENTS[-1]
                self.start = stack.starts[depth] if depth < len(stack.starts) else None
                return
            if depth and stack.values[depth - 1] == "}":
                closed += 1
            elif depth and closed and stack.values[depth - 1] == "{":
                closed -= 1
        # A lone expression has no statements around it.
        self.depth, self.state, self.in_file = 0, -1, False
        self.start = stack.starts[0] if stack.starts else None


class Failure:
    """A token at which no rule of the grammar goes on.

    Attributes:
        word: its text; empty at the end of the text.
        openers: the offsets of the brackets that are open before it.
        place: the innermost statement around it.
        before: the tokens of that statement up to here.
        previous: the last of them, or a token without text.
    """

    def __init__(
        self, source: Source, limit: int, stack: Stack, found: Token, openers: list[int]
    ) -> None:
        self.source = source
        self.text = source.text
        self.limit = limit
        self.states = stack.states
        self.terminal, self.word, self.start = found
        self.end = self.start + len(self.word)
        self.openers = [opener for opener in openers if opener < self.start]
        self.place = Place(stack)
        begin = self.start if self.place.start is None else min(self.place.start, self.start)
        outer = [opener for opener in self.openers if opener < begin]
        self.before = [
            token for token in tokens(self.text, begin, self.start, outer, []) if token[0] != EOF
        ]
        self.previous = self.before[-1] if self.before else (EOF, "", begin)
        self._after: list[Token] | None = None

    # --- what stands around it ----------------------------------------------------------------

    @property
    def previous_end(self) -> int:
        return self.previous[2] + len(self.previous[1])

    @property
    def first(self) -> str:
        """The first word of the statement."""
        return self.before[0][1] if self.before else self.word

    @property
    def after(self) -> list[Token]:
        """The next few tokens, whatever they are."""
        if self._after is None:
            self._after = []
            for token in tokens(self.text, self.end, self.limit, self.openers[:], []):
                self._after.append(token)
                if len(self._after) == 6:
                    break
        return self._after

    @property
    def next(self) -> str:
        return self.after[0][1] if self.after else ""

    @property
    def opener(self) -> str:
        """The innermost bracket that is open here; empty where none is."""
        return self.text[self.openers[-1]] if self.openers else ""

    @property
    def ends_line(self) -> bool:
        """Whether what was found is the end of a statement, of a body or of the file."""
        return self.word in ("\n", ";", "}", "")

    @property
    def lacks_brace(self) -> bool:
        """Whether a body should begin here, and no `{` follows on this line."""
        if not self.accepts("{") or self.accepts("repeat") or self.word in ("{", "\n"):
            return False
        line_end = self.text.find("\n", self.start)
        rest = self.text[self.start : line_end if line_end >= 0 else self.limit]
        return "{" not in rest.partition("}")[0]

    def line(self, offset: int) -> int:
        return self.source.position(offset)[0]

    def starts_line(self, offset: int) -> bool:
        return not self.text[self.text.rfind("\n", 0, offset) + 1 : offset].strip(" \t")

    # --- what could stand there ---------------------------------------------------------------

    def accepts(self, text: str) -> bool:
        """Whether this terminal could stand here, given as in `TERMINALS`."""
        stack = self.states[:]
        while True:
            action = STATES[stack[-1]].get(_NUMBERS[text])
            if action is None or action >= 0:
                return action is not None
            origin, size = RULES[~action][:2]
            if size:
                del stack[-size:]
            stack.append(STATES[stack[-1]][origin])

    @property
    def accepts_value(self) -> bool:
        return self.accepts("NUMBER") and self.accepts("[")

    @staticmethod
    def is_name(token: Token) -> bool:
        return token[0] == NAME or token[0] in KEYWORD_NUMBERS

    @property
    def is_word(self) -> bool:
        return self.terminal == NAME or self.terminal in KEYWORD_NUMBERS

    @property
    def is_reserved(self) -> bool:
        return RESERVED.get(self.word) == self.terminal

    def expected(self) -> str:
        """What could stand here, in a few words."""
        *most, last = list(self._expected())[:4] or ["nothing"]
        return f"{', '.join(most)} or {last}" if most else last

    def _expected(self) -> Iterator[str]:
        if self.accepts("network") and self.accepts("block"):
            yield "a definition (`block`, `network`, …)"
        elif self.accepts("let"):
            yield "a statement"
        elif self.accepts_value:
            yield "a value"
        elif self.accepts("repeat"):
            yield "a layer"
        else:
            if self.accepts("NAME"):
                yield "a name"
            if self.accepts("STRING"):
                yield "a string"
            elif self.accepts("NUMBER"):
                yield "a number"
        words = [word for word in KEYWORDS if word not in ("network", "block")]
        if self.accepts("+") and not self.accepts_value:
            yield "an operator"
        for text in (*",)]=:{(", "->", "[", "}", "in", "else", *words):
            if text in ("(", "[", "{") and (self.accepts("+") or self.accepts("repeat")):
                continue  # part of what was named already
            if self.accepts(text) and not (text in KEYWORDS and self.accepts("block")):
                yield f"`{text}`"
        if self.accepts("_END"):
            yield "a new line"
        elif self.accepts("$END"):
            yield "the end"

    def describe(self) -> str:
        """What was found, in words."""
        if not self.word:
            if self.limit < len(self.text):
                return "the end of the braces"
            return "the end of the file" if self.place.state >= 0 else "the end of the value"
        if self.word == "\n":
            return "the end of the line"
        first = self.word.splitlines()[0]
        return f"`{first}`" if len(first) <= 40 and first == self.word else f"`{first[:37]}…`"

    # --- diagnostics --------------------------------------------------------------------------

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def error(
        self,
        code: str,
        message: str,
        help: str | None,
        place: tuple[int, int] | None = None,
        related: tuple[Related, ...] = (),
        write: str | None = None,
    ) -> Diagnostic:
        """A diagnostic about what was found, or another place.

        Args:
            write: what mends it, in that place.
        """
        span = self.span(*(place or (self.start, max(self.end, self.start + 1))))
        fix = None if write is None else Fix(f"Write `{write}`", (Edit(span, write),))
        return Diagnostic(code, message, span, help=help, related=related, fix=fix)

    def opened_here(self, opener: int) -> tuple[Related, ...]:
        return (Related(f"the `{self.text[opener]}` is here", self.span(opener, opener + 1)),)


def closing(opener: str) -> str:
    return _CLOSING[opener]
