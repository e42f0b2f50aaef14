"""What is wrong with layers at the sizes that a network is sampled at, and from which sizes on it
would not be. Loaded where something is.
"""

from collections.abc import Iterable, Mapping

from archdsl.annotations import TYPE_CHECKING
from archdsl.ops.base import Layer, Problem
from archdsl.types import Requirement, SizeError, Symbol

if TYPE_CHECKING:
    from archdsl.elaborate.session import Session

MOST_TRIES = 2_000
"""Values tried for a symbol before it is given up."""
MOST_SEARCHES = 4
"""Problems of one run for which that is done."""


def sampled(session: "Session", problem: Problem, layer: Layer) -> Problem:
    """A problem of a layer at the sizes in use, with these sizes. Where something is too small, its
    help has the smallest input on which this layer and those before it work.
    """
    problem = problem._replace(message=f"{problem.message} (at {_listed(session.sizes or {})})")
    if problem.code != "E303" or session.searches == MOST_SEARCHES:
        return problem
    session.searches += 1
    before = (one for step in session.builder.steps for one in step.layer.requirements)
    found = smallest([*before, *layer.requirements], session.symbols)
    if found is None:
        return problem
    return problem._replace(
        help=f"{problem.help}; the smallest input that works here has {_listed(found)}"
    )


def _listed(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={size}" for name, size in sizes.items())


def smallest(
    requirements: Iterable[Requirement], symbols: Iterable[Symbol]
) -> dict[str, int] | None:
    """The smallest legal sizes at which all requirements hold, or None where the search finds none.

    Requirements on one symbol decide it alone; what ties several symbols together is then met by
    raising all of them in step.
    """
    pending = list(dict.fromkeys(requirements))
    known = list(symbols)
    values = {symbol.name: symbol.first for symbol in known}
    tied = [requirement for requirement in pending if len(requirement.size.symbols) > 1]
    try:
        for symbol in known:
            own = [
                requirement
                for requirement in pending
                if [found.name for found in requirement.size.symbols] == [symbol.name]
            ]
            if not _raise(values, [symbol], own):
                return None
        if tied and not _raise(values, known, pending):
            return None
    except SizeError:  # past 64 bits
        return None
    return values


def _raise(values: dict[str, int], symbols: list[Symbol], requirements: list[Requirement]) -> bool:
    """Raises the values in step until the requirements hold; False where they never do."""
    pending = list(requirements)
    for _ in range(MOST_TRIES):
        for index, requirement in enumerate(pending):
            if not requirement.holds(values):
                # What just failed is likely to fail next: it is asked first.
                pending.insert(0, pending.pop(index))
                break
        else:
            return all(symbol.legal(values[symbol.name]) for symbol in symbols)
        for symbol in symbols:
            values[symbol.name] += symbol.multiple
            if symbol.maximum is not None and values[symbol.name] > symbol.maximum:
                return False
    return False
