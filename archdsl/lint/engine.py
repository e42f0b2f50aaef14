"""Runs rules over one file, and makes one diagnostic of what they find at a place.

A block that is expanded sixteen times is one place: its finding is reported once, with the number
of instances that have it. Only where all of them do is a fix offered, since it changes all of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Diagnostic, Frame
from archdsl.lint.catalogue import Rule
from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.source import Span

if TYPE_CHECKING:
    from archdsl.lint.planned import Planned


def lint(file: File, rules: Iterable[Rule]) -> list[Diagnostic]:
    """What these rules find in a file; nothing is silenced yet."""
    found: list[Diagnostic] = []
    known = [net.features for net in file.nets] or [frozenset[str]()]
    for rule in rules:
        if rule.scope == "network":
            found += (diagnostic for diagnostic, _ in _of_networks(rule, file.nets))
        elif rule.scope == "plan":
            found += _of_plans(rule, file.plans)
        elif rule.scope == "file" and any(rule.applies(features) for features in known):
            found += (_diagnostic(rule, finding) for finding in rule.load()(file))
    return found


def lint_network(net: Net, rules: Iterable[Rule]) -> dict[Diagnostic, tuple[int, ...]]:
    """What those of these rules that look at networks find in one, with the steps that have it."""
    return {
        diagnostic: tuple(sorted(step for _, step in hits if step is not None))
        for rule in rules
        if rule.scope == "network"
        for diagnostic, hits in _of_networks(rule, (net,))
    }


def _of_networks(
    rule: Rule, nets: Sequence[Net]
) -> Iterator[tuple[Diagnostic, set[tuple[int, int | None]]]]:
    """The findings of one rule in all networks, one for each place, with the network and step of
    each of its instances.
    """
    if not any(rule.applies(net.features) for net in nets):
        return
    check = rule.load()
    first: dict[Span, tuple[Net, Finding]] = {}
    hits: dict[Span, set[tuple[int, int | None]]] = {}
    for index, net in enumerate(nets):
        for finding in check(net) if rule.applies(net.features) else ():
            first.setdefault(finding.span, (net, finding))
            hits.setdefault(finding.span, set()).add((index, finding.step))
    steps = _steps_at_places(nets) if first else Counter()
    for span, (net, finding) in first.items():
        yield _counted(rule, net, finding, len(hits[span]), steps), hits[span]


def _steps_at_places(nets: Sequence[Net]) -> Counter[tuple[Span, int]]:
    """How many steps each place of the source has made, by the place and the `id` of the op."""
    return Counter(
        (step.origin.span, id(step.layer.op)) for net in nets for step in net.graph.steps
    )


def _of_plans(rule: Rule, plans: Sequence["Planned"]) -> Iterator[Diagnostic]:
    """The findings of one rule in all plans. A plan stands in one place, so nothing is counted."""
    for planned in plans:
        if rule.applies(planned.features):
            yield from (_diagnostic(rule, finding) for finding in rule.load()(planned))


def _diagnostic(rule: Rule, finding: Finding) -> Diagnostic:
    return Diagnostic(
        rule.code,
        finding.message,
        finding.span,
        severity="warning" if rule.severity == "warning" else "note",
        help=finding.help,
        related=finding.related,
        fix=finding.fix,
    )


def _counted(
    rule: Rule, net: Net, finding: Finding, hits: int, steps: Counter[tuple[Span, int]]
) -> Diagnostic:
    """The diagnostic of a place, with the calls that led there and how many instances have it."""
    diagnostic = _diagnostic(rule, finding)
    if finding.step is None:
        return diagnostic
    step = net.graph.steps[finding.step]
    instances = steps[step.origin.span, id(step.layer.op)]
    return diagnostic._replace(
        trail=net.graph.trail(step.parent),
        hits=hits,
        instances=instances,
        fix=finding.fix if hits == instances else None,
    )


def at_home(diagnostic: Diagnostic, shipped: frozenset[str]) -> Diagnostic:
    """A finding in a library that ships with archdsl stands where the user's own code calls it.

    Args:
        shipped: the names of the libraries' sources.
    """
    if diagnostic.span.source.name not in shipped:
        return diagnostic
    inside = list(_within(diagnostic.trail, shipped))
    if len(inside) == len(diagnostic.trail):
        return diagnostic  # the network itself ships
    home = diagnostic.trail[len(inside)]
    return diagnostic._replace(
        message=f"in {home.block} of {diagnostic.span.source.name}: {diagnostic.message}",
        span=home.span,
        trail=diagnostic.trail[len(inside) + 1 :],
        help=None,
        fix=None,
        hits=1,
        instances=1,
    )


def _within(trail: Sequence[Frame], shipped: frozenset[str]) -> Iterator[Frame]:
    """The innermost calls that stand in shipped files themselves."""
    for frame in trail:
        if frame.span.source.name not in shipped:
            return
        yield frame
