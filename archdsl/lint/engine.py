"""Runs rules over the networks of one file, and makes one diagnostic of what they find at a place.

A block that is expanded sixteen times is one place: its finding is reported once, with the number
of instances that have it. Only where all of them do is a fix offered, since it changes all of them.
"""

from collections.abc import Iterable, Sequence

from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.lint.catalogue import Rule
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.source import Span


def lint(graphs: Iterable[Graph], rules: Iterable[Rule]) -> list[Diagnostic]:
    """What these rules find in the sound networks of one file; nothing is silenced yet."""
    nets = [Net(graph) for graph in graphs]
    return [diagnostic for rule in rules for diagnostic in _by_place(rule, nets)]


def _by_place(rule: Rule, nets: Sequence[Net]) -> list[Diagnostic]:
    """The findings of one rule in all networks, one for each place."""
    if not any(rule.applies(net.features) for net in nets):
        return []
    check = rule.load()
    first: dict[Span, tuple[Net, Finding]] = {}
    hits: dict[Span, set[tuple[int, int | None]]] = {}
    for index, net in enumerate(nets):
        for finding in check(net) if rule.applies(net.features) else ():
            first.setdefault(finding.span, (net, finding))
            hits.setdefault(finding.span, set()).add((index, finding.step))
    return [
        _diagnostic(rule, net, finding, len(hits[span]), nets)
        for span, (net, finding) in first.items()
    ]


def _diagnostic(
    rule: Rule, net: Net, finding: Finding, hits: int, nets: Sequence[Net]
) -> Diagnostic:
    trail, instances = net.graph.trail(None), 1
    if finding.step is not None:
        step = net.graph.steps[finding.step]
        trail = net.graph.trail(step.parent)
        instances = sum(
            other.origin.span == step.origin.span and other.layer.op is step.layer.op
            for other_net in nets
            for other in other_net.graph.steps
        )
    return Diagnostic(
        rule.code,
        finding.message,
        finding.span,
        severity=rule.severity,
        help=finding.help,
        related=finding.related,
        trail=trail,
        fix=finding.fix if hits == instances else None,
        hits=hits,
        instances=instances,
    )
