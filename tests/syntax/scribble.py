"""Syntax trees written as untidily as the language allows.

This shares nothing with the printer: it writes tokens, and between them whatever may stand there.
"""

import re
from collections.abc import Iterable, Iterator
from random import Random

from archdsl.syntax import ast
from tests.syntax.trees import NUMBERS

END = "<end>"
"""Ends a statement."""

_GOES_ON_AFTER = {"=", ",", "->", "==", "<", ">=", "+", "-", "*", "/", "//", "%", "**"} | {
    *("and", "or", "not")
}
_GOES_ON_BEFORE = {"->", "else", "shortcut"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "{": "{{", "}": "}}"}
_WORDS = re.compile(r"[A-Za-z0-9_]")


def scribbled(items: Iterable[ast.Definition], random: Random) -> tuple[str, list[str]]:
    """The text of a file, and its comments in order."""
    return _Scribe(random).text(items)


class _Scribe:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._comments: list[str] = []

    def _maybe(self, chance: float = 0.5) -> bool:
        return self._random.random() < chance

    # --- blanks ---

    def text(self, items: Iterable[ast.Definition]) -> tuple[str, list[str]]:
        written = [self._space() if self._maybe() else ""]
        open_brackets: list[str] = []
        before = END
        for token in self._ended(map(self._definition, items)):
            written.append(self._gap(before, token, open_brackets))
            if token != END:
                written.append(token)
            if token in ("(", "[", "{"):
                open_brackets.append(token)
            elif token in (")", "]", "}"):
                open_brackets.pop()
            before = token
        written.append(self._space() if self._maybe() else "")
        return "".join(written), self._comments

    def _gap(self, before: str, after: str, open_brackets: list[str]) -> str:
        if after == END:
            return ""
        if before == END:
            first = ";" if self._maybe(0.2) else self._comment("") or "\n"
            return first + (self._space() if self._maybe() else "")
        free = (
            (open_brackets and open_brackets[-1] != "{")
            or before in _GOES_ON_AFTER
            or after in _GOES_ON_BEFORE
            or before == "{"
            or after == "}"
        )
        gap = self._space() if free and self._maybe(0.3) else self._blank()
        needs = _WORDS.match(before[-1]) and _WORDS.match(after[0])
        return gap or (" " if needs else "")

    def _blank(self) -> str:
        return self._random.choice(["", " ", " ", "\t", "   "])

    def _space(self) -> str:
        return "".join(
            self._comment(self._blank()) or self._random.choice(["\n", "\n", " ", "\n\n\n", "\t"])
            for _ in range(self._random.randint(1, 3))
        )

    def _comment(self, before: str) -> str:
        """Some comment with the newline that ends it, or none."""
        if self._maybe(0.7):
            return ""
        comment = f"# {len(self._comments)}{self._random.choice(['', ' } {', ' é -> )'])}"
        self._comments.append(comment)
        return f"{before}{comment}{self._blank()}\n"

    # --- tokens ---

    def _ended(self, statements: Iterable[Iterator[str]]) -> Iterator[str]:
        for number, statement in enumerate(statements):
            if number:
                yield END
            yield from statement

    def _listed(
        self, opening: str, elements: Iterable[Iterator[str]], closing: str
    ) -> Iterator[str]:
        yield from opening
        for number, element in enumerate(elements := list(elements)):
            if number:
                yield ","
            yield from element
        if elements and self._maybe(0.3):
            yield ","
        yield closing

    def _separated(self, elements: Iterable[Iterator[str]]) -> Iterator[str]:
        for number, element in enumerate(elements):
            if number:
                yield ","
            yield from element

    def _expression(self, expr: ast.Expr) -> Iterator[str]:
        if self._maybe(0.1):
            yield from ("(", *self._plain(expr), ")")
        else:
            yield from self._plain(expr)

    def _part(self, expr: ast.Expr) -> Iterator[str]:
        """A part of an expression: anything but an atom is put into parentheses."""
        if isinstance(expr, ast.Unary | ast.Binary | ast.Comparison | ast.Conditional):
            yield from ("(", *self._expression(expr), ")")
        else:
            yield from self._expression(expr)

    def _plain(self, expr: ast.Expr) -> Iterator[str]:
        match expr:
            case ast.Name():
                yield expr.id
            case ast.Number():
                yield NUMBERS[expr.value]
            case ast.Constant():
                yield "none" if expr.value is None else str(expr.value).lower()
            case ast.String():
                yield self._string(expr)
            case ast.Prev():
                yield "prev"
            case ast.Input():
                yield "input"
            case ast.List():
                yield from self._listed("[", map(self._expression, expr.items), "]")
            case ast.Comprehension():
                yield from ("[", *self._expression(expr.element), "for", *self._names(expr.targets))
                yield from ("in", *self._part(expr.iterable))
                if expr.condition is not None:
                    yield from ("if", *self._part(expr.condition))
                yield "]"
            case ast.Attribute():
                yield from (*self._part(expr.value), f".{expr.name.id}")
            case ast.Index():
                yield from (*self._part(expr.value), "[", *self._expression(expr.index), "]")
            case ast.Slice():
                yield from (*self._part(expr.value), "[")
                yield from self._expression(expr.start) if expr.start else ()
                yield ":"
                yield from self._expression(expr.stop) if expr.stop else ()
                yield "]"
            case ast.Apply():
                yield from (*self._part(expr.callee), *self._arguments(expr.args))
            case _:
                yield from self._operation(expr)

    def _operation(
        self, expr: ast.Unary | ast.Binary | ast.Comparison | ast.Conditional
    ) -> Iterator[str]:
        match expr:
            case ast.Unary():
                yield from (expr.op, *self._part(expr.operand))
            case ast.Binary():
                # A chain of one operator needs no parentheses on its left, unless it is a power.
                same = isinstance(expr.left, ast.Binary) and expr.left.op == expr.op != "**"
                left = self._plain if same and self._maybe() else self._part
                yield from (*left(expr.left), expr.op, *self._part(expr.right))
            case ast.Comparison():
                yield from self._part(expr.first)
                for op, operand in expr.rest:
                    yield from (op, *self._part(operand))
            case ast.Conditional():
                yield from (*self._part(expr.then), "if", *self._part(expr.condition))
                yield from ("else", *self._part(expr.otherwise))

    def _string(self, expr: ast.String) -> str:
        parts = []
        for part in expr.parts:
            if isinstance(part, str):
                parts.append("".join(_ESCAPES.get(letter, letter) for letter in part))
            else:
                inside = (token + " " * self._random.randint(0, 2) for token in self._plain(part))
                parts.append("{%s}" % "".join(inside))  # noqa: UP031
        return '"%s"' % "".join(parts)  # noqa: UP031

    def _names(self, names: Iterable[ast.Name]) -> Iterator[str]:
        return self._separated(map(self._expression_as_is, names))

    def _expression_as_is(self, node: ast.Name | ast.String) -> Iterator[str]:
        """A name where no parentheses may stand."""
        return self._plain(node)

    def _arguments(self, args: Iterable[ast.Argument]) -> Iterator[str]:
        return self._listed("(", map(self._argument, args), ")")

    def _argument(self, argument: ast.Argument) -> Iterator[str]:
        if argument.name:
            yield from (argument.name.id, "=")
        yield from self._expression(argument.value)

    def _optional(self, args: tuple[ast.Argument, ...] | None) -> Iterator[str]:
        return iter(()) if args is None else self._arguments(args)

    # --- flows ---

    def _flow(self, flow: ast.Flow) -> Iterator[str]:
        for number, step in enumerate(flow.steps):
            if number:
                yield "->"
            yield from self._step(step)

    def _step(self, step: ast.Step) -> Iterator[str]:
        match step:
            case ast.Call():
                yield from (step.name.id, *self._optional(step.args))
            case ast.Value():
                yield from self._path(step.expr)
            case ast.Braces():
                yield from self._body(step.body)
            case ast.Combine():
                branches = map(self._branch, step.branches)
                yield from (step.op, *self._optional(step.args))
                yield from self._listed("[", branches, "]")
            case ast.Residual():
                yield from ("residual", *self._optional(step.args))
                if step.condition is not None:
                    yield from ("if", *self._expression(step.condition))
                yield from self._body(step.body)
                if step.shortcut:
                    yield "shortcut"
                    yield from self._named(step.shortcut.name)
                    yield from self._step(step.shortcut.step)
            case ast.Repeat():
                yield from ("repeat", *self._expression(step.count))
                yield from ("as", step.variable.id) if step.variable else ()
                yield from self._body(step.body)

    def _path(self, expr: ast.Expr) -> Iterator[str]:
        match expr:
            case ast.Attribute():
                yield from (*self._path(expr.value), f".{expr.name.id}")
            case ast.Index():
                yield from (*self._path(expr.value), "[", *self._expression(expr.index), "]")
            case _:
                yield from self._plain(expr)

    def _named(self, name: ast.Name | ast.String | None) -> Iterator[str]:
        if name is not None:
            yield from (*self._plain(name), "=")

    def _branch(self, branch: ast.Branch) -> Iterator[str]:
        yield from (*self._named(branch.name), *self._flow(branch.flow))

    # --- statements ---

    def _body(self, body: ast.Body) -> Iterator[str]:
        parts = [iter([self._doc(body.doc)])] if body.doc else []
        parts += map(self._statement, body.statements)
        yield from ("{", *self._ended(parts), "}")

    def _doc(self, doc: ast.Doc) -> str:
        if "\n" not in doc.text and self._maybe():
            return '"%s"' % doc.text.replace('"', '\\"')  # noqa: UP031
        indent = self._random.choice(["", "  ", "\t", "      "])
        first, *rest = doc.text.split("\n")
        lines = [first, *(f"{indent}{line}{self._blank()}" if line else "" for line in rest)]
        if self._maybe() or lines[-1].endswith('"'):
            lines.append(indent)
        newline = self._random.choice(["\n", "\r\n"])
        return f'"""{newline.join(lines)}"""'

    def _statement(self, node: ast.Statement) -> Iterator[str]:
        match node:
            case ast.Flow():
                yield from self._flow(node)
            case ast.Bind():
                yield from (*self._named(node.name), *self._flow(node.flow))
            case ast.MultiBind():
                yield from (*self._names(node.names), "=", *self._flow(node.flow))
            case ast.Let():
                yield from ("let", node.name.id, "=", *self._expression(node.value))
            case ast.Default():
                yield from ("default", node.op.id, *self._arguments(node.args))
            case ast.Expect():
                yield from ("expect", *self._expression(node.condition))
                yield from (",", *self._plain(node.message)) if node.message else ()
            case ast.Output():
                yield from ("output", *self._separated(map(self._expression_as_is, node.names)))
                yield from ("when", "training") if node.training else ()
            case ast.Shared():
                yield from ("shared", *self._named(node.name), *self._flow(node.flow))
            case ast.For():
                yield from ("for", *self._names(node.targets), "in")
                yield from (*self._expression(node.iterable), *self._body(node.body))
            case ast.If():
                yield from ("if", *self._expression(node.condition), *self._body(node.then))
                if isinstance(node.otherwise, ast.If):
                    yield from ("else", *self._statement(node.otherwise))
                elif node.otherwise is not None:
                    yield from ("else", *self._body(node.otherwise))
            case ast.InputDeclaration():
                yield from ("input", node.name.id, ":", node.kind.id)
                yield from self._listed("[", map(self._dimension, node.dimensions), "]")
                if node.where:
                    yield from ("where", *self._separated(map(self._expression, node.where)))

    def _dimension(self, node: ast.Dimension) -> Iterator[str]:
        yield from (*self._named(node.name), *self._expression(node.value))

    # --- definitions ---

    def _definition(self, node: ast.Definition) -> Iterator[str]:
        match node:
            case ast.Version():
                yield from ("arch", *self._plain(node.number))
            case ast.Import():
                if isinstance(node.module, ast.String):
                    yield from ("from", *self._plain(node.module))
                else:
                    yield from ("from", *".".join(part.id for part in node.module).split())
                yield from ("import", *self._separated(map(self._import_name, node.names)))
            case ast.Let() | ast.Default():
                yield from self._statement(node)
            case ast.Fn():
                yield from ("fn", node.name.id, *self._parameters(node.parameters, True), "=")
                yield from self._expression(node.value)
            case ast.Block():
                yield from ("block", node.name.id, *self._parameters(node.parameters))
                if isinstance(node.body, ast.Body):
                    yield from self._body(node.body)
                else:
                    yield from ("=", *self._flow(node.body))
            case ast.Extern():
                yield from ("extern", "op", node.name.id, *self._parameters(node.parameters), "{")
                yield from (*self._ended(map(self._entry, node.entries)), "}")
            case ast.Network():
                yield from ("network", node.name.id, *self._parameters(node.parameters))
                yield from self._body(node.body)
            case ast.Variant():
                yield from ("network", node.name.id, "=", *self._instance(node))
                yield from self._body(node.body) if node.body else ()
            case ast.Transfer():
                yield from ("transfer", node.name.id, "of", *self._instance(node))
                yield from self._body(node.body)

    def _import_name(self, node: ast.ImportName) -> Iterator[str]:
        yield node.name.id
        yield from ("as", node.alias.id) if node.alias else ()

    def _instance(self, node: ast.Variant | ast.Transfer) -> Iterator[str]:
        yield node.base.id
        if node.args or self._maybe():
            yield from self._arguments(node.args)

    def _entry(self, node: ast.ExternEntry) -> Iterator[str]:
        yield from (node.name.id, *self._plain(node.value))

    def _parameters(self, nodes: tuple[ast.Parameter, ...], always: bool = False) -> Iterator[str]:
        if nodes or always or self._maybe():
            yield from self._listed("(", map(self._parameter, nodes), ")")

    def _parameter(self, node: ast.Parameter) -> Iterator[str]:
        yield from (node.name.id, ":", *self._type(node.type))
        yield from ("=", *self._expression(node.default)) if node.default else ()

    def _type(self, node: ast.Type) -> Iterator[str]:
        for number, alternative in enumerate(node.alternatives):
            if number:
                yield "|"
            yield alternative.name.id
            if alternative.element is not None:
                yield from ("[", *self._type(alternative.element), "]")
