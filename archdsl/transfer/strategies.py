"""Strategies: well-known plans that go by one word.

The head is new and learns at the base rate from the first epoch on; what lies before it knows
something already, and learns more slowly. Layers near the input are the most general ones (Yosinski
et al., "How transferable are features in deep neural networks?", 2014), so rates fall from stage to
stage towards it, and gradual unfreezing begins at the end. Both are from Howard and Ruder,
"Universal Language Model Fine-tuning for Text Classification", 2018, who divide rates by 2.6 from
layer to layer and unfreeze one more in each epoch.
"""

from collections.abc import Callable, Mapping, Sequence

from archdsl.annotations import TypeAlias
from archdsl.elaborate.mistakes import Mistake
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.transfer.calls import COUNT, DECAY, LAYERS, RATE, Kind
from archdsl.transfer.grouping import Part, decayed, name_of, stages_of
from archdsl.transfer.layers import REST, Named
from archdsl.transfer.stages import Stage, stage_name, stages
from archdsl.transfer.tree import Tree

HEAD_RATE = 1.0
LAST_RATE = 0.1
"""Of the last stage before the head, unless `lr` says otherwise."""
STAGE_DECAY = 0.4
"""From a stage to the one before it, unless `decay` says otherwise: about 1 / 2.6."""
EVERY = 1
"""Epochs between two stages that begin to learn, unless `every` says otherwise."""

Options: TypeAlias = Mapping[str, object]


class Strategy(NamedTuple):
    """What a strategy takes besides its name and the head, and what the stages become."""

    options: Mapping[str, Kind]
    expand: "Callable[[_Expansion], list[Part]]"


class _Expansion:
    """One call of a strategy at work: the stages before the head, last to first."""

    def __init__(self, tree: Tree, stages: Sequence[Stage], options: Options, span: Span) -> None:
        self.tree = tree
        self.stages = stages
        self._options = options
        self._span = span

    def option(self, name: str, default: float) -> float:
        value = self._options.get(name, default)
        assert isinstance(value, int | float)
        return value

    def learning(self, place: int, first_epoch: int = 0) -> Part:
        """A stage that learns; the last one is number 0."""
        stage = self.stages[place]
        rate = float(self.option("lr", LAST_RATE))
        if place:
            rate = decayed(rate, self.option("decay", STAGE_DECAY), place, self._span)
        name = stage_name(self.tree, stage.nodes)
        return Part(name, stage.units, rate, first_epoch, self._span)

    def frozen(self, stages: Sequence[Stage]) -> list[Part]:
        units = sorted(unit for stage in stages for unit in stage.units)
        return [Part(REST, units, None, 0, self._span)] if units else []


def _feature_extraction(work: _Expansion) -> list[Part]:
    return work.frozen(work.stages)


def _last_layers(work: _Expansion) -> list[Part]:
    return [work.learning(0), *work.frozen(work.stages[1:])]


def _all(work: _Expansion) -> list[Part]:
    return [work.learning(place) for place in range(len(work.stages))]


def _gradual(work: _Expansion) -> list[Part]:
    every = int(work.option("every", EVERY))
    return [work.learning(place, every * (place + 1)) for place in range(len(work.stages))]


STRATEGIES = {
    "feature_extraction": Strategy({}, _feature_extraction),
    "last_layers": Strategy({"lr": RATE}, _last_layers),
    "all": Strategy({"lr": RATE, "decay": DECAY}, _all),
    "gradual": Strategy({"lr": RATE, "decay": DECAY, "every": COUNT}, _gradual),
}


def parameters_of(strategy: str | None) -> dict[str, Kind]:
    """The parameters of a `strategy` call; without a strategy, those of any."""
    options: dict[str, Kind] = {"name": tuple(STRATEGIES), "head": LAYERS}
    for name, known in STRATEGIES.items():
        if strategy in (None, name):
            options |= known.options
    return options


def expanded(
    tree: Tree, strategy: str, head: Sequence[Named], options: Options, span: Span
) -> list[Part]:
    """The groups of a strategy, from the head to the stem. Raises `Mistake`."""
    units = sorted({unit for named in head for unit in named.units})
    others = sorted(set(range(len(tree.units))) - set(units))
    if not tree.learns(others):
        raise Mistake(
            "E502",
            f"the head {head[0].text} is all of {tree.graph.name}",
            head[0].span,
            help="name the layers that start anew, such as the last linear layer",
        )
    work = _Expansion(tree, stages_of(tree, stages(tree), others), options, span)
    first = Part(name_of(tree, units), units, HEAD_RATE, 0, span)
    return [first, *STRATEGIES[strategy].expand(work)]
