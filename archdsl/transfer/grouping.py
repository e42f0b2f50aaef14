"""From the calls of a plan to groups: every parameter in exactly one."""

from collections.abc import Iterable, Sequence

from archdsl.diagnostics import Related
from archdsl.elaborate.mistakes import Mistake
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.transfer.layers import REST, Named
from archdsl.transfer.plan import Group
from archdsl.transfer.stages import Stage, stage_name, stages
from archdsl.transfer.tree import Tree, listed, source_form


class Share(NamedTuple):
    """What one call takes, and how that learns.

    Attributes:
        named: what it names; None for what no other call does.
        rate: None where it is frozen.
        decay: by what the rate falls from a stage to the one before it; None for one group.
        what: the call's argument; span: the call.
    """

    named: tuple[Named, ...] | None
    rate: float | None
    first_epoch: int
    decay: float | None
    what: Span
    span: Span


class Part(NamedTuple):
    """What becomes a group: its name if no other group has it, and its units."""

    name: str
    units: Sequence[int]
    rate: float | None
    first_epoch: int
    span: Span


def parts_of(tree: Tree, shares: Sequence[Share]) -> tuple[list[Part], list[Mistake]]:
    """What all calls expand to, in their order, and what is wrong with them."""
    found: list[Mistake] = []
    taken: dict[int, Named] = {}
    for share in shares:
        for named in share.named or ():
            found += _doubly(tree, named, taken)
            taken.update((unit, named) for unit in named.units)
    left = [unit for unit in range(len(tree.units)) if unit not in taken]
    rests = [share for share in shares if share.named is None]
    for share in rests[1:]:
        found.append(
            Mistake(
                "E503",
                f"`{REST}` is in two groups",
                share.what,
                related=(Related("the first time here", rests[0].what),),
            )
        )
    if rests and not (tree.learns(left) or (left and rests[0].rate is None)):
        found.append(
            Mistake(
                "E502",
                f"nothing is left for `{REST}`: other calls name every layer with parameters",
                rests[0].what,
                help="leave the call out",
            )
        )
    parts = []
    all_stages = stages(tree) if any(share.decay is not None for share in shares) else ()
    for share in shares:
        units = left if share.named is None else _units(share.named)
        if units:
            parts += _parts(tree, all_stages, share, units)
    return parts, found


def without_group(tree: Tree, parts: Iterable[Part]) -> tuple[str, ...]:
    """The paths of the layers with parameters that are in no group."""
    taken = {unit for part in parts for unit in part.units}
    left = {number for number, unit in enumerate(tree.units) if number not in taken and unit.learns}
    return tree.paths(left)


def _units(named: Iterable[Named]) -> list[int]:
    return sorted({unit for one in named for unit in one.units})


def _doubly(tree: Tree, named: Named, taken: dict[int, Named]) -> list[Mistake]:
    """What is wrong with a name that means layers of earlier ones."""
    shared = {unit for unit in named.units if unit in taken}
    if not shared:
        return []
    paths = [f"`{source_form(path)}`" for path in tree.paths(shared)]
    earlier = list({taken[unit].span: taken[unit] for unit in sorted(shared)}.values())
    if paths == [named.text]:
        message = f"{named.text} is in two groups"
    else:
        are = "is" if len(paths) == 1 else "are"
        message = f"{named.text} holds {listed(paths)}, which {are} in another group"
    return [
        Mistake(
            "E503",
            message,
            named.span,
            help="name every layer once; `rest` is what no other call names",
            related=tuple([Related(f"{one.text} is here", one.span) for one in earlier]),
        )
    ]


def _parts(tree: Tree, all_stages: Sequence[Stage], share: Share, units: list[int]) -> list[Part]:
    name = REST if share.named is None else name_of(tree, units)
    if share.decay is None or share.rate is None:
        return [Part(name, units, share.rate, share.first_epoch, share.span)]
    return [
        Part(
            stage_name(tree, stage.nodes),
            stage.units,
            decayed(share.rate, share.decay, place, share.span),
            share.first_epoch,
            share.span,
        )
        for place, stage in enumerate(stages_of(tree, all_stages, units))
    ]


def decayed(rate: float, decay: float, times: int, span: Span) -> float:
    """A rate that falls so many times, free of the noise of binary fractions. Raises `Mistake`."""
    found = float(f"{rate * decay**times:.12g}")
    if found == 0:
        raise Mistake("E309", f"a `decay` of {decay:g} makes the rate of the first stages 0", span)
    return found


def stages_of(tree: Tree, all_stages: Sequence[Stage], units: Iterable[int]) -> list[Stage]:
    """The stages that some layers are in, last to first, without other layers.

    Layers with buffers alone are no stage: they go with the one before them, or else behind them.
    """
    wanted = set(units)
    found: list[Stage] = []
    idle: tuple[int, ...] = ()
    for stage in reversed(all_stages):
        own = tuple([unit for unit in stage.units if unit in wanted])
        if tree.learns(own):
            nodes = [node for node in stage.nodes if not wanted.isdisjoint(node.units)]
            found.append(Stage(tuple(nodes), tuple(sorted((*own, *idle)))))
            idle = ()
        else:
            idle += own
    if idle and found:
        found[-1] = found[-1]._replace(units=tuple(sorted((*found[-1].units, *idle))))
    return found


def name_of(tree: Tree, units: Iterable[int]) -> str:
    """What a group is called after the layers in it."""
    first, *others = tree.paths(set(units))
    if not others:
        return _identifier(first)
    if len(others) == 1:
        return f"{_identifier(first)}_and_{_identifier(others[0])}"
    return f"{_identifier(first)}_and_{len(others)}_more"


def _identifier(path: str) -> str:
    return path.replace(".", "_").replace("-", "_")


def groups_of(tree: Tree, parts: Iterable[Part]) -> tuple[Group, ...]:
    """The groups, each with a name of its own."""
    names: set[str] = set()
    found = []
    for part in parts:
        name, count = _identifier(part.name), 2
        while name in names:
            name = f"{_identifier(part.name)}_{count}"
            count += 1
        names.add(name)
        units = set(part.units)
        found.append(
            Group(
                name,
                tree.paths(units),
                tree.parameters(units),
                part.rate,
                part.first_epoch,
                part.span,
            )
        )
    return tuple(found)
