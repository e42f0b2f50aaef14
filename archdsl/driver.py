"""The one file that chains the stages: source -> syntax -> elaborate -> graph -> analysis."""

import os
from collections.abc import Mapping, Sequence

from archdsl.analysis import Analysis
from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Diagnostic, has_errors, in_order
from archdsl.elaborate import Elaborated, Elaborator
from archdsl.elaborate.expectations import check_expectations
from archdsl.elaborate.mistakes import Mistake
from archdsl.elaborate.suggest import proposal
from archdsl.garbage import Postponed
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple
from archdsl.source import Source
from archdsl.syntax import parse_value
from archdsl.syntax.decode import read, read_ordinary
from archdsl.visible import shown, visible

if TYPE_CHECKING:
    from archdsl.lint.catalogue import Rule
    from archdsl.lint.importers import Surroundings
    from archdsl.lint.planned import Planned
    from archdsl.transfer.plan import Plan


class UsageError(Exception):
    """Something about the call, not the source: an unreadable file, an unknown network, a bad
    `--set`.
    """


class Checked(NamedTuple):
    """The networks and plans that are free of errors, and everything that was found.

    Attributes:
        analyses: of each network, with the figures that its expectations asked for at hand; the
            network of a plan is none of them.
        imported: the paths of the other files that were read.
    """

    analyses: tuple[Analysis, ...]
    diagnostics: tuple[Diagnostic, ...]
    plans: "tuple[Plan, ...]" = ()
    imported: tuple[str, ...] = ()

    @property
    def graphs(self) -> tuple[Graph, ...]:
        """The networks themselves."""
        return tuple([analysis.graph for analysis in self.analyses])


def check(
    spec: str, arguments: Mapping[str, str] | None = None, sizes: Mapping[str, int] | None = None
) -> Checked:
    """Check `net.arch`, `net.arch:Network` or `net.arch:Plan`; without a name, every network whose
    parameters all have values, and every plan.

    `arguments` gives parameters as texts of the language (`--set depth=3`), `sizes` symbolic input
    sizes. Raises UsageError where there is nothing to check.
    """
    path, network = split_spec(spec)
    with Postponed(), _open(path) as elaborator:
        values = {name: _value(elaborator, name, text) for name, text in (arguments or {}).items()}
        return _check(elaborator, path, network, values, sizes or {})


class Linted(NamedTuple):
    """What was found in a file, and what else that depends on.

    Attributes:
        imported: the files that it imports: path and source.
        weights: the paths of the weights of its plans, whether or not there is such a file.
        searched: the folder that was searched for files that import it; None where none was.
    """

    diagnostics: tuple[Diagnostic, ...]
    imported: tuple[tuple[str, Source], ...]
    weights: tuple[str, ...]
    searched: str | None


def lint(
    path: str,
    rules: Sequence["Rule"],
    text: str | None = None,
    around: "Surroundings | None" = None,
) -> Linted:
    """Everything that is wrong with a file or worth a note, in order; what comments silence is left
    out.

    Rules look at the networks and plans that are free of errors, and at the files `around`: without
    it, those of the file's project. `text` stands for the file's content where it is given. Raises
    UsageError where the file cannot be read.
    """
    from archdsl.lint.engine import at_home
    from archdsl.lint.engine import lint as lint_file
    from archdsl.lint.file import File
    from archdsl.lint.importers import Importers, Surroundings
    from archdsl.lint.net import Net
    from archdsl.lint.suppressions import about_comments, silenced

    with Postponed(), _open(path, text) as elaborator:
        found = _check(elaborator, path, None, {}, {})
    diagnostics = list(found.diagnostics)
    module = elaborator.module
    searched = None
    if module is not None:
        nets = tuple(map(Net, found.analyses))
        shipped = elaborator.shipped
        importers = Importers(around or Surroundings(), path, module.file)
        plans = _as_rules_look_at(found.plans)
        file = File(module.source, module.file, nets, plans, shipped, importers)
        diagnostics += lint_file(file, rules)
        searched = importers.searched
        diagnostics, used = silenced(diagnostics, elaborator.comments)
        # What a shipped file says of its own findings holds; of the others the caller is told.
        diagnostics = [at_home(one, shipped) for one in diagnostics]
        diagnostics, used_at_calls = silenced(diagnostics, module.file.comments)
        sound = not has_errors(diagnostics)
        diagnostics += about_comments(module.file.comments, used | used_at_calls, rules, sound)
    weights = tuple([plan.weights.path for plan in found.plans if plan.weights is not None])
    return Linted(tuple(in_order(diagnostics)), elaborator.imported, weights, searched)


def _as_rules_look_at(plans: "tuple[Plan, ...]") -> "tuple[Planned, ...]":
    if not plans:
        return ()
    from archdsl.lint.planned import Planned  # only a file with a plan pays for it

    return tuple(map(Planned, plans))


def lint_network(analysis: Analysis, rules: Sequence["Rule"]) -> dict[Diagnostic, tuple[int, ...]]:
    """What rules on networks find in one, in order, less what comments silence at the places; each
    with the steps that have it.
    """
    from archdsl.lint.engine import lint_network as lint_net
    from archdsl.lint.net import Net
    from archdsl.lint.suppressions import silenced
    from archdsl.syntax import parse

    found = lint_net(Net(analysis), rules)
    sources = {id(one.span.source): one.span.source for one in found}
    files = [parse(source).file for source in sources.values()]
    comments = [comment for file in files if file is not None for comment in file.comments]
    return {one: found[one] for one in in_order(silenced(list(found), comments)[0])}


def load(
    path: str,
    network: str | None = None,
    arguments: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Checked:
    """Like `check`, with arguments as Python values; lists are taken for the language's lists."""
    with Postponed(), _open(path) as elaborator:
        values = {name: _frozen(value) for name, value in (arguments or {}).items()}
        return _check(elaborator, path, network, values, sizes or {})


def split_spec(spec: str) -> tuple[str, str | None]:
    """`net.arch:Network` as path and network. A colon that is part of an existing path is part of
    it.
    """
    if os.path.exists(spec):
        return spec, None
    path, colon, network = spec.rpartition(":")
    return (path, network) if colon and network.isidentifier() else (spec, None)


def _open(path: str, text: str | None = None) -> Elaborator:
    """The elaborator of a file, or of the `text` that stands for its content."""
    found = read(path, path) if text is None else Source(path, text)
    if isinstance(found, str):
        raise UsageError(f"{shown(path)} cannot be read: {found}")
    if isinstance(found, Diagnostic):
        return Elaborator(found.span.source, path, read_ordinary, (found,))
    return Elaborator(found, path, read_ordinary)


def _check(
    elaborator: Elaborator,
    path: str,
    network: str | None,
    arguments: Mapping[str, object],
    sizes: Mapping[str, int],
) -> Checked:
    analyses = []
    plans: list[Plan] = []
    findings: list[Diagnostic] = []
    transfers = frozenset(elaborator.transfer_names)
    for name in _chosen(elaborator, path, network, arguments):
        elaborated = elaborator.elaborate(name, arguments, sizes)
        if elaborated.graph is None:
            continue
        _check_sizes(elaborated, sizes)
        if name in transfers:
            plans += _planned(elaborator, name, elaborated.graph)
            continue
        analysis = Analysis(elaborated.graph)
        analyses.append(analysis)
        if not arguments and not sizes:
            findings += check_expectations(elaborated, elaborator.session, analysis)
    elaborator.check_uninstantiated()
    found = tuple(in_order([*elaborator.diagnostics, *findings]))
    imported = tuple([path for path, _ in elaborator.imported])
    return Checked(tuple(analyses), found, tuple(plans), imported)


def _planned(elaborator: Elaborator, name: str, graph: Graph) -> "list[Plan]":
    """The plan of a name, unless something is wrong with it."""
    from archdsl.transfer.planning import planned  # only a file with a plan pays for it

    plan = planned(elaborator, name, graph)
    return [] if plan is None else [plan]


def _check_sizes(elaborated: Elaborated, sizes: Mapping[str, int]) -> None:
    """A size that the input does not have is a slip of the call, not of the source."""
    for name in sizes:
        if name not in elaborated.symbols:
            known = ", ".join(elaborated.symbols)
            raise UsageError(
                f"the input of {elaborated.name} has no symbolic size {name}; "
                + (f"it has {known}" if known else "all its sizes are fixed")
            )


def _chosen(
    elaborator: Elaborator, path: str, network: str | None, arguments: Mapping[str, object]
) -> list[str]:
    """The networks to elaborate, and behind them the plans."""
    if elaborator.module is None:
        return []
    planned = frozenset(elaborator.transfer_names)
    names = (*elaborator.network_names, *elaborator.transfer_names)
    if network is not None:
        if network not in names:
            listed = f"it has {', '.join(names)}" if names else "it has no network"
            raise UsageError(
                f"{shown(path)} has no network {network}; {proposal(network, names, listed)}"
            )
        chosen = [network]
    else:
        chosen = [name for name in names if name in planned or elaborator.complete(name, arguments)]
    for name in arguments:
        known = {known for choice in chosen for known in elaborator.parameters(choice)}
        if chosen and name not in known:
            raise UsageError(
                f"no network here has a parameter {name} to set"
                f"{'; ' + found if (found := proposal(name, known)) else ''}"
            )
    if network is None:
        chosen = [name for name in chosen if set(arguments) <= set(elaborator.parameters(name))]
    return chosen


def _value(elaborator: Elaborator, name: str, text: str) -> object:
    """The value of `--set name=text`: an expression of the language; a bare word that names nothing
    is a text.
    """
    expr, diagnostics = parse_value(text, f"--set {name}")
    if expr is None or diagnostics:
        reason = diagnostics[0].message if diagnostics else "it is empty"
        raise UsageError(f"--set {name}={visible(text)}: {reason}")
    if elaborator.module is None:
        return None
    try:
        return elaborator.evaluate(expr)
    except Mistake as mistake:
        if text.isidentifier() and mistake.diagnostic.code == "E201":
            return text
        raise UsageError(f"--set {name}={visible(text)}: {mistake.diagnostic.message}") from None


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
