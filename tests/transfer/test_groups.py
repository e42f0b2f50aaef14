"""Which parameters learn in a plan, how fast, and from when on."""

import subprocess
import sys
from pathlib import Path

import pytest

from archdsl import driver
from archdsl.network import load
from archdsl.transfer.schedule import Schedule
from archdsl.weights import initial_weights
from tests.transfer.cases import NETWORK
from tests.transfer.plans import brief, plan_of, written

ROOT = Path(__file__).parents[2]


def groups(folder: Path, body: str, before: str = NETWORK, of: str = "N") -> list[str]:
    text = f"{before}\ntransfer T of {of} {{\n{body}\n}}\n"
    return [brief(group) for group in plan_of(folder, text).groups]


CALLS = {
    "the rest is what no other call names": (
        "freeze(rest)\ntrain(fc)",
        ["rest: stem layer1 layer2 still blur frozen", "fc: fc x1 from 0"],
    ),
    "a pattern means what is in what it matches": (
        'train("layer*", from_epoch=1)\ntrain(rest)',
        ["layer1_and_layer2: layer1 layer2 x1 from 1", "rest: stem still blur fc x1 from 0"],
    ),
    "loops, conditions and names": (
        """let l = 0.1
  for i in [2, 1] { if i > 1 { train("layer{i}", lr=l) } else { freeze("layer{i}") } }
  train(rest)""",
        [
            "layer2: layer2 x0.1 from 0",
            "layer1: layer1 frozen",
            "rest: stem still blur fc x1 from 0",
        ],
    ),
    "a condition that does not hold": (
        "if false { freeze(stem) }\nif true { freeze(fc) }\ntrain(rest)",
        ["fc: fc frozen", "rest: stem layer1 layer2 still blur x1 from 0"],
    ),
    "indices and lists that are computed": (
        'let i = 1\nfreeze(layer1[i])\ntrain(["layer{k}" for k in [2]])\ntrain(rest, lr=2)',
        [
            "layer1_1: layer1.1 frozen",
            "layer2: layer2 x1 from 0",
            "rest: stem layer1.0 still blur fc x2 from 0",
        ],
    ),
    "rates that fall by stage": (
        "train(fc)\ntrain(rest, lr=0.1, decay=0.5, from_epoch=2)",
        [
            "fc: fc x1 from 0",
            "layer2: layer2 still blur x0.1 from 2",
            "stem_to_layer1: stem layer1 x0.05 from 2",
        ],
    ),
    "rates that fall in a part": (
        "train(fc)\ntrain([layer1, layer2[1]], lr=0.3, decay=0.1)\nfreeze(rest)",
        [
            "fc: fc x1 from 0",
            "layer2: layer2.1 x0.3 from 0",
            "layer1: layer1 x0.03 from 0",
            "rest: stem layer2.0 still blur frozen",
        ],
    ),
    "buffers alone can be frozen": (
        "freeze(still)\ntrain(rest)",
        ["still: still frozen", "rest: stem layer1 layer2 blur fc x1 from 0"],
    ),
    "what need not be named": (
        "train([stem, layer1, layer2, fc])",
        ["stem_and_3_more: stem layer1 layer2 fc x1 from 0"],
    ),
    "feature extraction": (
        'strategy("feature_extraction", head=fc)',
        ["fc: fc x1 from 0", "rest: stem layer1 layer2 still blur frozen"],
    ),
    "last layers": (
        'strategy("last_layers", head=fc, lr=0.2)',
        [
            "fc: fc x1 from 0",
            "layer2: layer2 still blur x0.2 from 0",
            "rest: stem layer1 frozen",
        ],
    ),
    "all": (
        'strategy("all", head=[fc, layer2])',
        [
            "layer2_and_fc: layer2 fc x1 from 0",
            "stem_to_layer1: stem layer1 still blur x0.1 from 0",
        ],
    ),
    "gradual": (
        'strategy("gradual", head=fc, lr=0.5, decay=1, every=3)',
        [
            "fc: fc x1 from 0",
            "layer2: layer2 still blur x0.5 from 3",
            "stem_to_layer1: stem layer1 x0.5 from 6",
        ],
    ),
    "facts about the task": ('loss("cross_entropy")\nbatch(8)\ntrain(rest)', None),
}


@pytest.mark.parametrize("title", CALLS)
def test_groups(title: str, tmp_path: Path) -> None:
    body, expected = CALLS[title]
    found = groups(tmp_path, body)
    if expected is not None:
        assert found == expected


def test_patterns(tmp_path: Path) -> None:
    body = 'train([fc, "layer2.0"], lr=0.5)\ntrain("layer1*bn2", lr=0.1)\n'
    body += "freeze(layer1[1].conv1)\ntrain(rest, lr=0.01)"
    inner = "layer1.0.conv1 layer1.0.bn1 layer1.0.conv2 layer1.1.bn1 layer1.1.conv2"
    assert groups(tmp_path, body) == [
        "layer2_0_and_fc: layer2.0 fc x0.5 from 0",
        "layer1_0_bn2_and_layer1_1_bn2: layer1.0.bn2 layer1.1.bn2 x0.1 from 0",
        "layer1_1_conv1: layer1.1.conv1 frozen",
        f"rest: stem {inner} layer2.1 still blur x0.01 from 0",
    ]


def test_names_that_meet(tmp_path: Path) -> None:
    before = """network N {
  input x: tensor[4]
  a = { b = linear(4) }
  a_b = linear(4)
  rest = linear(4)
  "a-b" = linear(4)
}
"""
    body = 'train(a.b)\ntrain(a_b)\ntrain("rest")\ntrain("a-b")'
    assert [entry.partition(":")[0] for entry in groups(tmp_path, body, before)] == [
        *("a", "a_b", "rest", "a_b_2")
    ]


def test_layers_that_are_shared_or_bear_their_own_tensor(tmp_path: Path) -> None:
    before = """block Two(n: int) { conv(n); scale }
network N {
  input x: image[3, 8, 8]
  shared one = conv(3)
  shared two = Two(3)
  two; one; two
  gamma = scale
  gap -> flatten
  fc = linear(2)
}
"""
    text = f"{before}transfer T of N {{\n  train([fc, gamma])\n  freeze(two)\n  train(rest)\n}}\n"
    plan = plan_of(tmp_path, text)
    assert [group.parameters for group in plan.groups] == [
        ("gamma", "fc.weight", "fc.bias"),
        ("two.scale1", "two.conv1.weight", "two.conv1.bias"),
        ("one.weight", "one.bias"),
    ]
    # Two uses of a layer are two times its MACs, and once its parameters.
    figures = Schedule(plan).figures(plan.groups[1])
    assert figures == (3 * 3 * 9 + 3 + 3, 2 * 3 * 3 * 9 * 64)


def test_networks_in_networks(tmp_path: Path) -> None:
    before = (
        NETWORK + "network M {\n  input i: image[3, 32, 32]\n  body = N\n  body.layer2 -> gap -> "
    )
    before += "flatten\n  head = linear(3)\n}\n"
    assert groups(tmp_path, 'strategy("all", head=head)', before, "M") == [
        "head: head x1 from 0",
        "body_layer2: body.layer2 x0.1 from 0",
        "body_stem_to_layer1: body.stem body.layer1 x0.04 from 0",
    ]


def test_a_plan_says_what_it_is_about(tmp_path: Path) -> None:
    text = """transfer T of N(classes=3) {
  "Three kinds."
  weights("sub/w.pt", except=[fc, "layer2*"])
  dataset(images=100, classes=3, domain="different")
  epochs(7)
  strategy("last_layers", head=fc)
}
"""
    plan = plan_of(tmp_path, NETWORK + text)
    assert (plan.name, plan.doc, plan.graph.name) == ("T", "Three kinds.", "N")
    assert plan.weights is not None and plan.dataset is not None
    assert plan.weights[:3] == ("sub/w.pt", str(tmp_path / "sub" / "w.pt"), ("layer2", "fc"))
    assert plan.dataset[:2] == (100, "different")
    assert (plan.epochs, plan.strategy, plan.span.text) == (7, "last_layers", "T")
    assert [group.span.text.partition("(")[0] for group in plan.groups] == ["strategy"] * 3


def test_plans_of_one_network_share_it(tmp_path: Path) -> None:
    """It is elaborated once, also for the file itself; with other arguments, again."""
    body = "{ train(rest) }\n"
    text = NETWORK + "".join(
        f"transfer {name} {body}" for name in ("A of N", "B of N", "C of N(3)")
    )
    found = driver.check(written(tmp_path, text))
    first, second, third = (plan.graph for plan in found.plans)
    assert first is second is found.graphs[0]
    assert third is not first


LIGHT = """
import sys
from archdsl.cli import main
code = main(["check", sys.argv[1]])
heavy = {"torch", "numpy", "onnx", "safetensors", "pydantic", "lark", "rich"} & set(sys.modules)
transfer = [name for name in sys.modules if name.startswith("archdsl.transfer")]
print(code, sorted(heavy), len(transfer) > 2)
"""


@pytest.mark.parametrize("ending", ["safetensors", "npz", "pt"])
def test_a_check_loads_no_heavy_library(ending: str, tmp_path: Path) -> None:
    """Neither without weights nor with them; and a file without plans loads nothing of plans."""
    network = written(tmp_path, NETWORK.replace("  blur = Blur\n", ""))
    weights = initial_weights(load(network).graph)
    if ending == "npz":
        import numpy as np

        np.savez(tmp_path / "w.npz", **weights)  # type: ignore[arg-type]
    elif ending == "pt":
        import torch

        state = {key: torch.from_numpy(array) for key, array in weights.items()}
        torch.save(state, tmp_path / "w.pt")
    else:
        from safetensors.numpy import save_file

        save_file(dict(weights), tmp_path / "w.safetensors")
    outputs = []
    for plan in ("", f'transfer T of N(3) {{ weights("w.{ending}", except=[fc]); train(rest) }}\n'):
        Path(network).write_text(NETWORK.replace("  blur = Blur\n", "") + plan)
        done = subprocess.run(
            [sys.executable, "-c", LIGHT, network], capture_output=True, text=True, check=True
        )
        outputs.append(done.stdout.splitlines()[-1])
    assert outputs == ["0 [] False", "0 [] True"]
