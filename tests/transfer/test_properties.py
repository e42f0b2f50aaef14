"""Random plans of random networks: each parameter is in exactly one group, or there is an error."""

import fnmatch
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.diagnostics import Diagnostic
from archdsl.graph.ir import Graph
from archdsl.transfer.plan import Plan
from archdsl.transfer.schedule import Schedule

BLOCKS = """\
extern op Own { shape [input.channels, input.height, input.width]; params 5 }
extern op Plain { shape [input.channels, input.height, input.width] }
block Unit(width: int, stride: int = 1) {
  residual { conv(width, stride=stride) -> bn -> relu } shortcut project
}
block Deep(width: int) {
  down = Unit(width, stride=2)
  rest = { Unit(width); scale }
  still = bn(affine=false)
}
"""
STEPS = (
    *("conv(4)", "conv(6, stride=2)", "bn", "bn(affine=false)", "relu", "scale", "Unit(4)"),
    *("Unit(8, stride=2)", "Deep(4)", "Own", "Plain", "separable(4)", "dropout(0.1)"),
    *("conv(4) -> bn -> relu", "{ conv(4); Unit(4) }", "repeat 2 { Unit(4) }", "maxpool"),
)
HEADS = ("", "gap -> flatten; fc = linear(3)", "flatten; a = linear(4); relu; b = linear(2)")


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A file with one network, whose statements all have names."""
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
    body = "".join(f"  s{place} = {step}\n" for place, step in enumerate(steps))
    head = draw(st.sampled_from(HEADS))
    return f"{BLOCKS}network N {{\n  input x: image[4, 64, 64]\n{body}  {head}\n}}\n"


@cache
def graph(folder: Path, text: str) -> Graph:
    (folder / "n.arch").write_text(text)
    (found,) = driver.check(str(folder / "n.arch")).graphs
    return found


def layers_of(network: Graph) -> dict[str, tuple[str, ...]]:
    """The layers with tensors or of extern ops, and the keys of their parameters."""
    found: dict[str, tuple[str, ...]] = {}
    for step in network.steps:
        weights = [weight for weight in step.layer.weights if weight.trainable]
        keys = [f"{step.path}.{weight.name}" if weight.name else step.path for weight in weights]
        if step.layer.weights or step.layer.op.family == "extern":
            found[step.path] = tuple(keys)
    return found


def learning_of(network: Graph) -> set[str]:
    """The layers with parameters, of extern ops those that say so."""
    declared = {step.path for step in network.steps if step.layer.opaque_params}
    return declared | {layer for layer, keys in layers_of(network).items() if keys}


def paths_of(layers: Iterable[str]) -> list[str]:
    """The paths of the layers and of what they are in."""
    found = {}
    for layer in layers:
        parts = layer.split(".")
        found.update({".".join(parts[:end]): None for end in range(1, len(parts) + 1)})
    return list(found)


def meant(name: str, layers: Iterable[str]) -> set[str]:
    """The layers that a name means, by comparing texts."""
    around = {layer: paths_of([layer]) for layer in layers}
    return {
        layer
        for layer, paths in around.items()
        if any(fnmatch.fnmatchcase(path, name) for path in paths)
    }


def run(folder: Path, text: str) -> tuple[list[Diagnostic], Plan | None]:
    (folder / "n.arch").write_text(text)
    found = driver.check(str(folder / "n.arch"))
    return list(found.diagnostics), found.plans[0] if found.plans else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


def partition(plan: Plan) -> None:
    """Groups hold each parameter once, and their paths lead to exactly these."""
    layers = layers_of(plan.graph)
    keys = [key for keys in layers.values() for key in keys]
    held = [key for group in plan.groups for key in group.parameters]
    assert sorted(held) == sorted(keys)
    assert len({group.name for group in plan.groups}) == len(plan.groups)
    order = {key: place for place, (key, _) in enumerate(plan.graph.weights())}
    named: list[str] = []
    for group in plan.groups:
        assert group.name.isidentifier() and group.paths
        inside = [layer for path in group.paths for layer in meant(path, layers)]
        assert len(inside) == len(set(inside))
        assert {key for layer in inside for key in layers[layer]} == set(group.parameters)
        assert list(group.parameters) == sorted(group.parameters, key=order.__getitem__)
        named += inside
        for path in group.paths:
            # No shorter path leads to layers of this group alone.
            outer = path.rpartition(".")[0]
            assert not outer or not meant(outer, layers) <= set(inside)
    assert len(named) == len(set(named))
    learning = [group for group in plan.groups if group.rate is not None]
    assert any(group.first_epoch == 0 for group in learning)
    assert all(group.rate > 0 for group in learning if group.rate is not None)
    assert all(group.first_epoch == 0 for group in plan.groups if group.rate is None)
    figures(plan)


def figures(plan: Plan) -> None:
    """Groups add up to the network, and epochs only add to what is trained."""
    schedule, analysis = Schedule(plan), Analysis(plan.graph)
    parts = [schedule.figures(group) for group in plan.groups]
    assert sum(part.params for part in parts) == analysis.params
    assert sum(part.macs or 0 for part in parts) == analysis.macs
    trained = [phase.trained.params for phase in schedule.phases()]
    assert trained == sorted(trained) and trained[-1] == schedule.trainable_params


Calls = list[tuple[list[str], str]]


@st.composite
def calls(draw: st.DrawFn, paths: Sequence[str]) -> Calls:
    """Some calls with the names that they have; `rest` stands for itself."""
    found: Calls = []
    for _ in range(draw(st.integers(0, 4))):
        if draw(st.integers(0, 3)) == 0:
            names = [draw(st.sampled_from([f"{path[:2]}*" for path in paths]))]
        else:
            names = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=2, unique=True))
        found.append((names, draw(st.sampled_from(OPTIONS))))
    if draw(st.booleans()):
        found.insert(draw(st.integers(0, len(found))), (["rest"], draw(st.sampled_from(OPTIONS))))
    return found


OPTIONS = ("", "lr=0.5", "lr=2, from_epoch=3", "lr=0.1, decay=0.5", "freeze")


def written(entry: tuple[list[str], str]) -> str:
    names, options = entry
    listed = "rest" if names == ["rest"] else ", ".join(f'"{name}"' for name in names)
    listed = listed if len(names) == 1 else f"[{listed}]"
    if options == "freeze":
        return f"  freeze({listed})\n"
    return f"  train({listed}{', ' if options else ''}{options})\n"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_calls(data: st.DataObject, folder: Path) -> None:
    text = data.draw(networks())
    network = graph(folder, text)
    layers = layers_of(network)
    if not layers:
        return
    drawn = data.draw(calls(paths_of(layers)))
    plan_text = "transfer T of N {\n" + "".join(map(written, drawn)) + "}\n"
    diagnostics, plan = run(folder, text + plan_text)
    expected = mistakes(network, drawn)
    assert {one.code for one in diagnostics} == expected
    assert (plan is None) == bool(expected)
    if plan is not None:
        partition(plan)
        assert len(plan.groups) >= len(drawn)


def mistakes(network: Graph, drawn: Calls) -> set[str]:
    """The codes that a plan should have, found out another way."""
    layers, learning = layers_of(network), learning_of(network)
    found, taken, broken = set(), list[str](), False
    rests = [options for names, options in drawn if names == ["rest"]]
    for names, options in drawn:
        if names == ["rest"]:
            continue
        sets = [meant(name, layers) for name in names]
        if options != "freeze" and not all(one & learning for one in sets):
            found.add("E502")
            broken = True
            continue
        taken += [layer for one in sets for layer in one]
    if len(taken) != len(set(taken)):
        found.add("E503")
    left = set(layers) - set(taken)
    if rests and not (left & learning or (left and rests[0] == "freeze")):
        found.add("E502")
    if found or broken:
        return found
    if not rests and left & learning:
        return {"E504"}
    starts = [options for _, options in drawn if options != "freeze"]
    return set() if any("from_epoch" not in options for options in starts) else {"E506"}


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_strategies(data: st.DataObject, folder: Path) -> None:
    text = data.draw(networks())
    layers = layers_of(graph(folder, text))
    if not layers:
        return
    head = data.draw(st.sampled_from(paths_of(layers)))
    name = data.draw(st.sampled_from(["feature_extraction", "last_layers", "all", "gradual"]))
    diagnostics, plan = run(
        folder, f'{text}transfer T of N {{ strategy("{name}", head="{head}") }}\n'
    )
    if plan is None:
        # The head has no parameters, or all of them.
        assert [one.code for one in diagnostics] == ["E502"]
        learning, inside = learning_of(graph(folder, text)), meant(head, layers)
        assert not inside & learning or not learning - inside
        return
    partition(plan)
    first, *others = plan.groups
    assert (first.rate, first.first_epoch) == (1.0, 0)
    if name == "feature_extraction":
        assert [group.rate for group in others] == [None]
    else:
        rates = [group.rate for group in others if group.rate is not None]
        assert rates[0] == 0.1 and rates == sorted(rates, reverse=True)
    if name == "gradual":
        assert [group.first_epoch for group in plan.groups] == list(range(len(plan.groups)))
