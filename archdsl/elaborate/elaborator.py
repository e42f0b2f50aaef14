"""The way into this stage: one file with its imports, and the networks in it."""

import os.path
import sys
from collections.abc import Mapping

from archdsl import resources
from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.definitions import (
    BlockDefinition,
    Entry,
    ExternDefinition,
    Module,
    NetworkDefinition,
    TransferDefinition,
)
from archdsl.elaborate.expressions import Place
from archdsl.elaborate.mistakes import Mistake, Reporter, Stop
from archdsl.elaborate.modules import Program, Reader
from archdsl.elaborate.networks import Elaborated, elaborate_network
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.session import Session
from archdsl.elaborate.static import StaticCheck, check_parameters
from archdsl.elaborate.values import BlockValue, Function, hash_key
from archdsl.source import Source, Span
from archdsl.syntax import ast

RECURSION_LIMIT = 60_000
"""Python frames for `MAX_CALLS` nested block calls, each through a few nested statements and
expressions.
"""


class Elaborator:
    """One file under elaboration. Findings of all its networks are collected in one place.

    As a context it ends elaboration; what was read and found can still be asked for.
    """

    def __init__(
        self, source: Source, path: str, read: Reader, found: tuple[Diagnostic, ...] = ()
    ) -> None:
        """`found` is what reading the file has reported: then there is nothing to elaborate."""
        self._reporter = Reporter()
        for diagnostic in found:
            self._reporter.report(diagnostic)
        self._program = Program(read, self._reporter)
        self.session = Session(self._program, self._reporter)
        self._expansions: dict[int, int] = {}
        self._elaborated: dict[object, Elaborated] = {}
        """Networks by what they are made from: plans have theirs in common with others."""
        self._failed: set[int] = set()
        self.module: Module | None = None
        if not found:
            with Deep():  # files may import each other a long way down
                self.module = self._program.main(source, path)
        for module in self._program.modules:
            self.session.prepare(module)
            for item in module.file.items:
                if isinstance(item, ast.Block | ast.Network | ast.Fn | ast.Extern):
                    check_parameters(self.session, item.name.id, item.parameters)

    def __enter__(self) -> "Elaborator":
        return self

    def __exit__(self, *error: object) -> None:
        self.session.end()

    @property
    def network_names(self) -> tuple[str, ...]:
        """All networks and variants that the file declares."""
        return tuple(node.name.id for node in self.module.networks()) if self.module else ()

    @property
    def transfer_names(self) -> tuple[str, ...]:
        """All plans that the file declares."""
        return tuple(node.name.id for node in self.module.transfers()) if self.module else ()

    def transfer(self, name: str) -> TransferDefinition | None:
        """A plan of the file, if what it is of is a network."""
        value = self.session.definition(self.module, name) if self.module else None
        return value if isinstance(value, TransferDefinition) else None

    @property
    def imported(self) -> tuple[tuple[str, Source], ...]:
        """The other files that were read: path and source."""
        return tuple(
            (module.path, module.source)
            for module in self._program.modules
            if module is not self.module
        )

    @property
    def comments(self) -> tuple[Span, ...]:
        """The comments of all files that were read."""
        modules = self._program.modules
        return tuple(comment for module in modules for comment in module.file.comments)

    @property
    def shipped(self) -> frozenset[str]:
        """The names of the sources that come from the libraries."""
        roots = [os.path.realpath(library()) for library in resources.LIBRARIES.values()]
        return frozenset(
            module.source.name
            for module in self._program.modules
            if module is not self.module and module.root in roots
        )

    def complete(self, name: str, arguments: Mapping[str, object]) -> bool:
        """Whether every parameter of a network, or of the one that a plan is of, has a value."""
        network = self._network(name)
        return network is not None and all(
            known in arguments or parameter.default is not None
            for known, parameter in self.parameters(name).items()
        )

    def parameters(self, name: str) -> dict[str, ast.Parameter]:
        """The parameters of a network that nothing has fixed yet."""
        network = self._network(name)
        if network is None:
            return {}
        target, fixed = network
        return {
            known: parameter for known, parameter in target.parameters.items() if known not in fixed
        }

    def _network(self, name: str) -> tuple[NetworkDefinition, dict[str, object]] | None:
        """A network of the file or one that a plan is of, and the arguments that are fixed."""
        if self.module is None:
            return None
        value = self.session.definition(self.module, name)
        if isinstance(value, TransferDefinition):
            return value.network, dict(value.fixed)
        if isinstance(value, BlockValue) and isinstance(value.target, NetworkDefinition):
            return value.target, dict(value.fixed)
        return None

    def elaborate(
        self,
        name: str,
        arguments: Mapping[str, object] | None = None,
        sizes: Mapping[str, int] | None = None,
    ) -> Elaborated:
        """Elaborate a network of the file, or the one that a plan is of, with these further
        arguments and symbolic sizes.

        What has been elaborated is not elaborated again, and for a plan no network that failed.
        """
        network = self._network(name)
        if network is None or self.session.stopped:
            return Elaborated(name, None, ())
        definition, fixed = network
        given = {**fixed, **(arguments or {})}
        key = (id(definition), hash_key(tuple(sorted(given.items()))), tuple((sizes or {}).items()))
        if key in self._elaborated:
            return self._elaborated[key]
        transfer = self.transfer(name)
        if transfer is not None and id(definition.node) in self._failed:
            return Elaborated(name, None, ())
        self._expansions.setdefault(id(definition.node), 0)
        session = self.session
        session.turns_left = 1
        call = None if transfer is None else transfer.node.base.span
        if call is not None:
            session.enter(definition.name, call)
        try:
            with Deep():
                result = elaborate_network(
                    session, definition, fixed, arguments or {}, sizes or {}, call
                )
        except Stop:
            return Elaborated(name, None, ())
        finally:
            session.calls.clear()
        for instance in session.builder.instances:
            syntax = id(instance.syntax)
            self._expansions[syntax] = self._expansions.get(syntax, 0) + 1
        self._elaborated[key] = result
        if result.graph is None:
            self._failed.add(id(definition.node))
        return result

    def check_uninstantiated(self) -> None:
        """Check what no elaboration has reached, as far as it goes without an instance."""
        if self.module is None:
            return
        try:
            with Deep():
                for name, entry in self.module.entries.items():
                    if not self.session.stopped:
                        self._check_uninstantiated(self.module, name, entry)
        except Stop:
            return

    def _check_uninstantiated(self, module: Module, name: str, entry: Entry) -> None:
        value = self.session.definition(module, name)
        check = StaticCheck(self.session)
        if isinstance(value, Function) and isinstance(entry, ast.Fn):
            check.function(value)
        elif (
            isinstance(value, BlockValue)
            and isinstance(entry, ast.Block | ast.Network)
            and id(entry) not in self._expansions
        ):
            assert isinstance(value.target, BlockDefinition | NetworkDefinition)
            check.definition(value.target)
        elif isinstance(value, BlockValue) and isinstance(entry, ast.Extern):
            assert isinstance(value.target, ExternDefinition)
            check.extern(value.target)

    def evaluate(self, node: ast.Expr) -> object:
        """The value of an argument from outside, at file level. Raises `Mistake`."""
        assert self.module is not None
        with Deep():
            try:
                return self.session.evaluator.value(node, Place(Scope(self.module, None)))
            except Stop:
                raise Mistake(
                    "E419", "it takes too much work to compute", Span(self.module.source, 0, 0)
                ) from None

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Everything found so far, each place once, in order."""
        return self._reporter.diagnostics(self._expansions)


class Deep:
    """A context with room for deep nesting of blocks and expressions."""

    __slots__ = ("_limit",)

    def __enter__(self) -> None:
        self._limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self._limit, RECURSION_LIMIT))

    def __exit__(self, *error: object) -> None:
        sys.setrecursionlimit(self._limit)
