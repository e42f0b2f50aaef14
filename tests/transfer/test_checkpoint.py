"""The weights file of a plan against its network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from archdsl import driver
from archdsl.diagnostics import render
from archdsl.network import load
from archdsl.weights import initial_weights
from tests.golden import check_golden
from tests.transfer.plans import shown

NETWORK = """\
network N(classes: int = 10) {
  input image: image[3, H=32, W=32]
  stem = conv(8, bias=false) -> bn -> relu
  body = conv(16) -> relu
  gap -> flatten
  fc = linear(classes)
}
"""

State = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project: paths in messages are relative, and files outside of it are not read."""
    monkeypatch.chdir(tmp_path)
    Path("archdsl.toml").touch()
    Path("alone.arch").write_text(NETWORK)


def state() -> State:
    weights = initial_weights(load("alone.arch").graph)
    return {key: torch.from_numpy(array) for key, array in weights.items()}


def check(weights: str, of: str = "N") -> driver.Checked:
    plan = f"transfer T of {of} {{\n  {weights}\n  train(rest)\n}}\n"
    Path("net.arch").write_text(NETWORK + plan)
    return driver.check("net.arch")


def without(*starts: str) -> Callable[[State], State]:
    return lambda known: {k: value for k, value in known.items() if not k.startswith(starts)}


SAME, ANEW = 'weights("w.pt")', 'weights("w.pt", except=[fc])'
CASES: dict[str, tuple[str, str, Callable[[State], object]]] = {
    "another number of classes": (SAME, "N(5)", dict),
    "a layer that is not there": (SAME, "N", without("fc.")),
    "layers that are not there": (SAME, "N", without("fc.", "body.")),
    "a name misspelt": (
        ANEW,
        "N(5)",
        lambda known: {key.replace("body.0", "bdy.0"): value for key, value in known.items()},
    ),
    "saved from DataParallel, and a tensor more": (
        ANEW,
        "N(5)",
        lambda known: (
            {"module.extra": torch.ones(3)}
            | {f"module.{key}": value for key, value in known.items()}
        ),
    ),
    "a layer of neither": (
        'weights("w.pt", except=[fc, "classifier"])',
        "N(5)",
        lambda known: known | {"classifierr.weight": torch.ones(3)},
    ),
    "a level within the names": (
        ANEW,
        "N(5)",
        lambda known: {key.replace(".", ".net.", 1): value for key, value in known.items()},
    ),
    "whole numbers": (
        ANEW,
        "N(5)",
        lambda known: known | {"body.0.bias": torch.ones(16, dtype=torch.int32)},
    ),
    "no state dict": (SAME, "N", lambda known: {"net": known, "epoch": 3}),
    "a module": (SAME, "N", lambda known: torch.nn.ReLU()),
}


def test_messages() -> None:
    texts = []
    for title, (weights, of, change) in CASES.items():
        torch.save(change(state()), "w.pt")
        found = check(weights, of)
        assert not found.plans
        reports = "\n\n".join(map(render, found.diagnostics))
        texts.append(f"=== {title}\n{reports}\n")
    Path("w.pt").write_bytes(b"no checkpoint")
    Path("w.txt").write_bytes(b"no weights")
    Path("folder.pt").mkdir()
    Path("archdsl.toml").rename("pyproject.toml")
    for weights in (SAME, 'weights("w.txt")', 'weights("folder.pt")', 'weights("../w.pt")'):
        (found_here,) = check(weights).diagnostics
        texts.append(f"=== {weights}\n{render(found_here)}\n")
    golden = "\n\n".join(texts)
    check_golden("transfer/checkpoint.txt", golden.replace(Path.cwd().name, "project"))


def test_files_that_fit() -> None:
    """Replaced layers may be there, have another shape, or be missing."""
    saved = state()
    counters = without("stem.1.num_batches_tracked")
    for change in (dict, without("fc."), without("fc.weight"), counters):
        torch.save(change(saved), "w.pt")
        for of in ("N", "N(5)"):
            assert not check(ANEW, of).diagnostics
    wrapped = {f"module._orig_mod.{key}": value for key, value in saved.items()}
    torch.save(wrapped, "w.pt")
    assert not check(ANEW).diagnostics
    torch.save(saved | {"classifier.weight": torch.ones(3), "aux": torch.ones(3)}, "w.pt")
    assert not check('weights("w.pt", except=[fc, "classifier", "aux"])').diagnostics
    torch.save({"epoch": 3, "state_dict": saved}, "w.pt")
    assert not check(SAME).diagnostics
    np.savez("w.npz", **{key: value.half().numpy() for key, value in saved.items()})
    assert [shown(one)[:4] for one in check('weights("w.npz")').diagnostics] == ["E501"]
    weights = {key: value if "batches" in key else value.half() for key, value in saved.items()}
    np.savez("w.npz", **{key: value.numpy() for key, value in weights.items()})
    assert not check('weights("w.npz")').diagnostics


def test_a_file_that_is_not_here_is_no_error() -> None:
    assert check('weights("nowhere/w.pt")').plans
    assert check('weights("w.anything")').plans
    Path("w.pt").symlink_to("nowhere.pt")
    assert check(SAME).plans


def test_files_outside_of_the_project_are_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "archdsl.toml").touch()
    (tmp_path / "w.pt").write_bytes(b"no checkpoint")
    (inner / "link.pt").symlink_to(tmp_path / "w.pt")
    for file in ("../w.pt", str(tmp_path / "w.pt"), "link.pt"):
        text = f'{NETWORK}transfer T of N {{ weights("{file}"); train(rest) }}\n'
        (inner / "net.arch").write_text(text)
        (found,) = driver.check(str(inner / "net.arch")).diagnostics
        assert found.code == "E508"


def test_weights_lie_beside_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    project, other = tmp_path / "project", tmp_path / "other"
    project.mkdir()
    other.mkdir()
    (project / "net.arch").write_text(f"{NETWORK}transfer T of N {{ {SAME}; train(rest) }}\n")
    (other / "net.arch").symlink_to(project / "net.arch")
    (other / "w.pt").write_bytes(b"no checkpoint")
    (plan,) = driver.check(str(other / "net.arch")).plans
    assert plan.weights is not None and plan.weights.path == str(project / "w.pt")


def test_extern_tensors_are_left_out() -> None:
    """Only their modules know which ones there are."""
    network = NETWORK.replace("  gap", "  own = Own\n  gap")
    extern = "extern op Own() { shape [input.channels, 1, 1]; params 7 }\n"
    saved = state() | {"own.anything": torch.ones(7)}
    torch.save(saved, "w.pt")
    plan = 'transfer T of N { weights("w.pt"); train(own); freeze(fc); train(rest, lr=0.1) }\n'
    Path("net.arch").write_text(extern + network + plan)
    found = driver.check("net.arch")
    assert not found.diagnostics
    assert [(group.name, group.paths) for group in found.plans[0].groups] == [
        ("own", ("own",)),
        ("fc", ("fc",)),
        ("rest", ("stem", "body")),
    ]
