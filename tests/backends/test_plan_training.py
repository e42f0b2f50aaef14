"""Emitted transfer plans at work: what they load, freeze and unfreeze, and that it helps."""

import copy
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.lr_scheduler import CosineAnnealingLR
from torchvision.models import resnet18

from archdsl.backends.pytorch import emit_plan
from archdsl.transfer.plan import Plan
from tests.backends import pairs, plan_halves
from tests.backends.emitted import graphs, module
from tests.backends.emitted_plans import PLANS, created, plan_of, plans_of
from tests.backends.waves import EPOCHS, SOURCE, TARGET, accuracy, fit, waves

SPEC = PLANS / "waves.arch"
STRATEGIES = plans_of(SPEC)
FEW = waves(TARGET, 48, seed=1)
BASE_LR = 0.05


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the network that has learned the source task."""
    torch.manual_seed(0)
    network = module(graphs(SPEC)["Waves"])
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
    fit(network, optimizer, waves(SOURCE, 768, seed=0), range(3))
    path = tmp_path_factory.mktemp("pretrained") / "waves.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def from_scratch() -> float:
    """What the same images, epochs and steps give without weights to start from, at the best of
    some rates.
    """
    found = []
    for rate in (BASE_LR / 2, BASE_LR, 2 * BASE_LR):
        torch.manual_seed(0)
        network = module(graphs(SPEC)["Waves"])
        fit(network, torch.optim.SGD(network.parameters(), rate, momentum=0.9), FEW)
        found.append(accuracy(network))
    return max(found)


def started(name: str, weights: Path) -> Any:
    torch.manual_seed(0)
    network = created(STRATEGIES[name])
    network.load_pretrained(weights)
    return network


def frozen_state(network: Any, plan: Plan, epoch: int) -> dict[str, Tensor]:
    """Copies of what must not move in an epoch: parameters, and the statistics of their norms."""
    paths = [
        f"{path}."
        for group in plan.groups
        for path in group.paths
        if group.rate is None or group.first_epoch > epoch
    ]
    state = network.state_dict()
    return {key: state[key].clone() for key in state if key.startswith(tuple(paths))}


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_plan_trains(name: str, pretrained: Path, from_scratch: float) -> None:
    """Decay and momentum would move what is frozen if it were not left alone; a schedule changes
    rates, and keeps their ratios.
    """
    plan = STRATEGIES[name]
    network = started(name, pretrained)
    optimizer = torch.optim.SGD(network.param_groups(BASE_LR), momentum=0.9, weight_decay=1e-3)
    schedule = CosineAnnealingLR(optimizer, 2 * EPOCHS)
    kept: dict[str, Tensor] = {}
    whole: dict[str, Tensor] = {}

    def before(epoch: int) -> None:
        begun = [group.name for group in plan.groups if group.rate and group.first_epoch == epoch]
        assert network.on_epoch(epoch) == ([] if epoch == 0 else begun)
        factor = (1 + np.cos(np.pi * epoch / (2 * EPOCHS))) / 2
        rates = {group["name"]: group["lr"] for group in optimizer.param_groups}
        assert rates == pytest.approx(
            {group.name: group.rate * factor * BASE_LR for group in plan.groups if group.rate}
        )
        kept.update(frozen_state(network, plan, epoch))
        whole.update({key: tensor.clone() for key, tensor in network.state_dict().items()})

    def after(epoch: int) -> None:
        for key, tensor in network.state_dict().items():
            assert torch.equal(tensor, whole[key]) == (key in kept), (epoch, key)
        kept.clear()
        schedule.step()

    fit(network, optimizer, FEW, before=before, after=after)
    found = accuracy(network)
    assert found > 0.9
    assert found > from_scratch + 0.1


def test_groups_begin_when_the_plan_says(pretrained: Path) -> None:
    network = started("Gradual", pretrained)
    changes = [network.on_epoch(epoch) for epoch in range(EPOCHS)]
    assert changes == [[], [], ["stage3"], [], ["stage2"], [], ["conv1_to_stage1"], []]


@pytest.mark.parametrize(
    "name",
    [
        *("ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax"),
        *("NAdam", "RAdam", "RMSprop", "Rprop", "SGD"),
    ],
)
def test_every_optimizer_leaves_frozen_layers_alone(name: str, pretrained: Path) -> None:
    network = started("Gradual", pretrained)
    options = {} if name == "Rprop" else {"weight_decay": 0.1}
    optimizer = getattr(torch.optim, name)(network.param_groups(BASE_LR), **options)
    start = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    fit(network, optimizer, FEW, range(2, 3), network.on_epoch)
    state = network.state_dict()
    moved = {key.partition(".")[0] for key in start if not torch.equal(start[key], state[key])}
    assert moved == {"stage3", "fc"}


# --- resuming -------------------------------------------------------------------------------------


def learning(network: Any) -> list[bool]:
    return [parameter.requires_grad for parameter in network.parameters()]


def test_epochs_may_come_in_any_order(pretrained: Path) -> None:
    straight, jumping = started("Gradual", pretrained), started("Gradual", pretrained)
    for epoch in range(5):
        straight.on_epoch(epoch)
    assert jumping.on_epoch(7) == ["stage3", "stage2", "conv1_to_stage1"]
    assert jumping.on_epoch(4) == ["conv1_to_stage1"]
    assert jumping.on_epoch(4) == []
    assert learning(jumping) == learning(straight)
    assert jumping.train().stage2.bn1.training and not jumping.conv1.weight.requires_grad
    assert not jumping.bn1.training


def test_training_resumes_where_it_stopped(pretrained: Path) -> None:
    def optimizer_of(network: Any) -> torch.optim.Optimizer:
        return torch.optim.AdamW(network.param_groups(0.01))

    whole = started("Gradual", pretrained)
    torch.manual_seed(1)
    fit(whole, (optimizer := optimizer_of(whole)), FEW, range(3), whole.on_epoch)
    saved = copy.deepcopy((whole.state_dict(), optimizer.state_dict()))
    torch.manual_seed(2)
    fit(whole, optimizer, FEW, range(3, 6), whole.on_epoch)

    resumed = created(STRATEGIES["Gradual"])
    optimizer = optimizer_of(resumed)
    resumed.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    torch.manual_seed(2)
    fit(resumed, optimizer, FEW, range(3, 6), resumed.on_epoch)
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_is_frozen_again_stays_where_it_is(pretrained: Path) -> None:
    """In spite of gradients and momentum from the time when it learned."""
    network = started("Gradual", pretrained)
    optimizer = torch.optim.SGD(network.param_groups(BASE_LR), momentum=0.9)
    fit(network, optimizer, FEW, range(7, 8), network.on_epoch)
    network(FEW[0]).sum().backward()
    network.on_epoch(0)
    before = network.conv1.weight.clone()
    optimizer.step()
    assert torch.equal(network.conv1.weight, before)


# --- modes ----------------------------------------------------------------------------------------


def test_norms_of_frozen_layers_stay_in_evaluation_mode(pretrained: Path) -> None:
    network = started("Gradual", pretrained)
    for part in (network, network.train()):
        assert part.training and part.dropout.training and part.stage3.training
        assert not part.bn1.training and not part.stage3.bn1.training
    network.on_epoch(2)
    assert network.stage3.bn1.training and not network.stage2.bn1.training
    assert not any(part.training for part in network.eval().modules())
    network.on_epoch(7)
    assert not any(part.training for part in network.modules())


def test_copies_and_pickles(pretrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are as far as the original is, as moving averages of weights need."""
    network = started("Gradual", pretrained)
    network.on_epoch(2)
    assert learning(copy.deepcopy(network)) == learning(network)
    python = type(sys)("emitted")
    exec(emit_plan(STRATEGIES["Gradual"]), python.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, "emitted", python)
    network = python.Gradual()
    network.on_epoch(2)
    again = pickle.loads(pickle.dumps(network))  # noqa: S301
    assert again.on_epoch(2) == [] and learning(again) == learning(network)


def test_summary(pretrained: Path) -> None:
    network = started("Gradual", pretrained)
    network.on_epoch(2)
    assert network.trainable_summary().split("\n") == [
        "group                  rate  epoch     parameters",
        "fc                        1      0            132  learns",
        "stage3                  0.1      2         14,528  learns",
        "stage2                 0.05      4          3,680  frozen",
        "conv1_to_stage1       0.025      6          1,272  frozen",
        "14,660 of 19,612 parameters learn",
    ]
    frozen = started("FeatureExtraction", pretrained).trainable_summary()
    assert frozen.split("\n")[2] == "rest            -      -         19,480  frozen"


# --- weights --------------------------------------------------------------------------------------


def wrapped(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {prefix + key: tensor for key, tensor in state.items()}


@pytest.mark.parametrize(
    ("file", "save"),
    [
        ("plain.pt", torch.save),
        ("plain.pth", torch.save),
        ("held.pt", lambda state, path: torch.save({"epoch": 3, "model": state}, path)),
        ("parallel.pt", lambda state, path: torch.save(wrapped(state, "module."), path)),
        (
            "compiled.pt",
            lambda state, path: torch.save(
                {"state_dict": wrapped(state, "_orig_mod.module.")}, path
            ),
        ),
        ("half.pt", lambda state, path: torch.save({k: v.half() for k, v in state.items()}, path)),
        ("arrays.npz", lambda state, path: np.savez(path, **dict(state))),
        ("upper.SAFETENSORS", save_file),
    ],
)
def test_files_that_load(
    file: str,
    save: Callable[[dict[str, Tensor], Path], object],
    pretrained: Path,
    tmp_path: Path,
) -> None:
    expected = started("All", pretrained).state_dict()
    state = {key: value for key, value in expected.items() if not key.startswith("fc.")}
    save(state, tmp_path / file)
    network = created(STRATEGIES["All"])
    fresh = network.fc.weight.clone()
    network.load_pretrained(str(tmp_path / file))
    assert torch.equal(network.fc.weight, fresh)
    tolerance = 1e-2 if file == "half.pt" else 0.0
    for key, value in state.items():
        assert torch.allclose(network.state_dict()[key].double(), value.double(), 0, tolerance), key


def test_the_default_file(
    pretrained: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    network = created(STRATEGIES["All"])
    monkeypatch.chdir(pretrained.parent)
    network.load_pretrained()
    assert torch.equal(network.conv1.weight, started("All", pretrained).conv1.weight)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"waves\.safetensors"):
        network.load_pretrained()


def test_published_weights_load(tmp_path: Path) -> None:
    """Those of torchvision, into a network with another number of classes."""
    theirs = resnet18()
    torch.save(theirs.state_dict(), tmp_path / "resnet18.pt")
    text = """
    from zoo.resnet import ResNet18
    transfer Tuned of ResNet18(classes=5) {
      weights("resnet18.pt", except=[fc])
      strategy("last_layers", head=fc)
    }
    """
    ours = created(plan_of(text, tmp_path))
    ours.load_pretrained(tmp_path / "resnet18.pt")
    ours.fc = theirs.fc
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours.eval()(images), theirs.eval()(images))


def test_weights_that_do_not_fit(pretrained: Path, tmp_path: Path) -> None:
    """All differences at once; those of the head are none."""
    network = created(STRATEGIES["All"])
    state = dict(started("All", pretrained).state_dict())
    state["fc.weight"] = torch.zeros(7, 7)
    state["fc.other"] = state.pop("bn1.weight")
    state["extra.weight"] = torch.zeros(1)
    state["conv1.weight"] = torch.zeros(8, 3, 3, 3)
    torch.save(state, tmp_path / "other.pt")
    with pytest.raises(RuntimeError) as caught:
        network.load_pretrained(tmp_path / "other.pt")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'other.pt'}: ")
    for name in ("bn1.weight", "extra.weight", "conv1.weight"):
        assert name in message
    assert "fc." not in message


def test_a_file_without_a_state_dict(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pt")
    with pytest.raises(ValueError, match=r"list\.pt holds no state dict"):
        created(STRATEGIES["All"]).load_pretrained(tmp_path / "list.pt")


def test_no_code_in_a_file_is_run(tmp_path: Path) -> None:
    torch.save(Reference(tmp_path / "ran"), tmp_path / "code.pt")
    with pytest.raises(pickle.UnpicklingError):
        created(STRATEGIES["All"]).load_pretrained(tmp_path / "code.pt")
    assert not (tmp_path / "ran").exists()


class Reference:
    """Makes a folder where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.mkdir, (self.path,)  # type: ignore[return-value]


# --- compilers and processes ----------------------------------------------------------------------


def test_a_compiled_network_follows_the_plan(pretrained: Path) -> None:
    """In one graph, before and after a change, and with the same result as without compiling."""
    backend = "inductor" if shutil.which("c++") else "aot_eager"
    results = []
    for compiled in (False, True):
        network = started("Gradual", pretrained)
        network.dropout.p = 0.0
        optimizer = torch.optim.SGD(network.param_groups(BASE_LR), momentum=0.9)
        call = torch.compile(network, backend=backend, fullgraph=True) if compiled else network

        def before(epoch: int, network: Any = network) -> None:
            if network.on_epoch(epoch):
                torch.compiler.reset()

        fit(call, optimizer, (FEW[0][:32], FEW[1][:32]), range(1, 4), before)
        results.append(network.state_dict())
    for key, one in results[0].items():
        assert torch.allclose(one, results[1][key], rtol=1e-3, atol=1e-3), key
    start = started("Gradual", pretrained).state_dict()
    moved = {key.partition(".")[0] for key in start if not torch.equal(start[key], results[1][key])}
    assert moved == {"stage3", "fc"}


def test_scripts_and_exports(pretrained: Path, tmp_path: Path) -> None:
    path = tmp_path / "gradual.py"
    path.write_text(emit_plan(STRATEGIES["Gradual"]), encoding="utf-8")
    network = plan_halves.imported(tmp_path, "gradual").Gradual().eval()
    images = FEW[0][:2]
    with torch.no_grad():
        assert torch.equal(torch.jit.script(network)(images), network(images))
        exported = torch.export.export(network, (images,)).module()
        assert torch.equal(exported(images), network(images))


def test_two_processes_learn_what_one_does(pretrained: Path, tmp_path: Path) -> None:
    """Under DistributedDataParallel, wrapped anew after each change, and under FSDP."""
    path = tmp_path / "gradual.py"
    path.write_text(emit_plan(STRATEGIES["Gradual"]), encoding="utf-8")
    shutil.copy(pretrained, tmp_path)
    pairs.run(plan_halves.__name__, tmp_path)
