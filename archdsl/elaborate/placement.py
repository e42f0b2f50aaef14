"""Where an applied layer goes in the tree, and what stands in for one that failed."""

from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.context import Context
from archdsl.elaborate.mistakes import Stop
from archdsl.elaborate.naming import snake_case
from archdsl.elaborate.shared import SharedLayer
from archdsl.elaborate.values import BlockValue
from archdsl.ops.base import Op
from archdsl.records import NamedTuple
from archdsl.source import Span


class Use(NamedTuple):
    """How an application relates to a shared layer: its declared place, and the first use if there
    was one.
    """

    shared: SharedLayer
    owner: int | None
    span: Span


class Position(NamedTuple):
    """Where a layer goes in the tree."""

    name: str
    path: str
    parent: int
    owner: int | None
    slot: int | None


def position(
    context: Context, block: BlockValue, given: str | None, use: Use | None, span: Span
) -> Position:
    """The name and place of a layer: given, automatic, or those of a shared layer's declaration."""
    if use is not None:
        shared = use.shared
        return Position(shared.name, shared.path, shared.holder, use.owner, shared.slot)
    level = context.level
    if given is not None:
        name = given
    else:
        # By its number a layer is named where there are numbers, whatever it is.
        name = level.automatic("" if level.numbered else stem_of(block), span)
    return Position._make((name, level.child(name), level.instance, None, None))


def stem_of(block: BlockValue) -> str:
    """What an unnamed layer is called after, before its count."""
    target = block.target
    return target.name if isinstance(target, Op) else snake_case(target.name)


def poison(context: Context) -> int:
    """A value about which nothing more is reported."""
    return context.session.builder.value(None)


def report(context: Context, diagnostic: Diagnostic) -> None:
    # Only a block's expansions are counted: a network is elaborated once for each of its variants.
    context.session.report(diagnostic, None if context.network else context.definition)
    if context.session.reporter.full:
        raise Stop
