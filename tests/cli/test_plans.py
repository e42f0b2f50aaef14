"""What the commands make of transfer plans."""

import json
from pathlib import Path

import pytest

from archdsl.reports import PlanReport, SummaryReport
from tests.cli.commands import ROOT, Commands
from tests.golden import check_golden

PLANS = ["FeatureExtraction", "LastLayers", "AllLayers", "Gradual", "WrittenOut"]

BOTH = """\
network N {
  input image: image[3, H=32, W=32]
  stem = conv(8)
  body = conv(16, stride=2)
  gap -> flatten
  fc = linear(10)
}

transfer Head of N {
  train(fc)
  freeze(rest)
}

transfer Whole of N {
  epochs(4)
  train(fc)
  train(body, lr=0.1, from_epoch=2)
  train(stem, lr=0.01, from_epoch=8)
}
"""


@pytest.mark.parametrize("plan", PLANS)
def test_summaries(archdsl: Commands, plan: str) -> None:
    result = archdsl("summary", f"transfer.arch:{plan}")
    check_golden(f"cli/summary_{plan}.txt", str(result))
    assert max(map(len, result.out.split("\n"))) <= 100


@pytest.mark.parametrize("form", ["md", "csv", "json"])
def test_forms(archdsl: Commands, form: str) -> None:
    result = archdsl("summary", "transfer.arch:Gradual", "--format", form)
    check_golden(f"cli/summary_Gradual_{form}.txt", str(result))


def test_networks_and_plans_of_a_file(archdsl: Commands) -> None:
    """A plan without arguments shares the network with the file; each shows once."""
    spec = archdsl.write("both.arch", BOTH)
    shown = [archdsl("check", spec), archdsl("check", f"{spec}:Head"), archdsl("summary", spec)]
    shown += [archdsl("summary", spec, "--format", "csv"), archdsl("compile", spec)]
    shown += [archdsl("explain", f"{spec}:Head", "fc"), archdsl("summary", f"{spec}:Had")]
    check_golden("cli/plans.txt", "\n".join(map(str, shown)))
    listed = json.loads(archdsl("summary", spec, "--format", "json").out)
    (network, *plans) = listed
    SummaryReport.model_validate(network)
    assert [PlanReport.model_validate(plan).plan for plan in plans] == ["Head", "Whole"]


def test_commands_on_a_plan_use_its_network(archdsl: Commands) -> None:
    """`init` knows nothing of plans; `diagram` draws theirs."""
    spec = archdsl.write("both.arch", BOTH)
    assert archdsl("init", f"{spec}:Whole", "-o", "plan.safetensors").code == 0
    assert archdsl("init", f"{spec}:N", "-o", "net.safetensors").code == 0
    assert Path("plan.safetensors").read_bytes() == Path("net.safetensors").read_bytes()
    alone = archdsl.write("alone.arch", BOTH.replace("network N", "network N(classes: int)"))
    result = archdsl("diagram", alone, "-o", "alone.mmd")
    assert "`N` needs `classes` (int)" in result.err
    several = archdsl("diagram", "transfer.arch", "-o", "several.mmd")
    assert several.code == 2 and "has 5 plans: name one of FeatureExtraction" in several.err


def test_arguments_from_outside(archdsl: Commands) -> None:
    wide = BOTH.replace("network N {", "network N(width: int = 16) {")
    spec = archdsl.write("wide.arch", wide.replace("conv(16", "conv(width"))
    report = json.loads(
        archdsl("summary", f"{spec}:Head", "--set", "width=32", "--format", "json").out
    )
    assert report["groups"][0]["params"] == 32 * 10 + 10
    assert archdsl("summary", f"{spec}:Head", "--input", "H=64").code == 0
    assert "no parameter" not in archdsl("summary", f"{spec}:Head", "--set", "width=32").err
    assert archdsl("summary", f"{spec}:Head", "--set", "wdth=32").code == 2


def test_groups_that_never_begin_are_not_trained(archdsl: Commands) -> None:
    """Epochs of a plan count from 0: the last of four is epoch 3."""
    spec = archdsl.write("both.arch", BOTH)
    report = json.loads(archdsl("summary", f"{spec}:Whole", "--format", "json").out)
    assert [phase["first_epoch"] for phase in report["schedule"]] == [0, 2]
    assert report["trainable_params"] == 170 + 1168
    assert report["params"] == 170 + 1168 + 224


def test_python(archdsl: Commands) -> None:
    from archdsl import load

    plan = load(str(ROOT / "specs" / "transfer.arch"), "LastLayers")
    report = json.loads(archdsl("summary", "transfer.arch:LastLayers", "--format", "json").out)
    assert (plan.params, plan.trainable_params) == (report["params"], report["trainable_params"])
