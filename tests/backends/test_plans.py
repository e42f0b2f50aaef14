"""The text of emitted transfer plans: how it reads, and that it says what the plan says."""

import ast
import builtins
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from archdsl.backends.pytorch import emit_plan
from archdsl.backends.pytorch.plan_check import check_plan
from archdsl.backends.pytorch.plan_layers import layers_of
from archdsl.backends.pytorch.plans import RESERVED
from archdsl.transfer.plan import Plan
from tests.backends.emitted import ROOT, run_tool
from tests.backends.emitted_plans import PLANS, created, plan_of, plans_of
from tests.backends.externs import OPS, write_package
from tests.golden import check_golden

LANDMARKS = plans_of(PLANS / "landmarks.arch")
ODD = plans_of(PLANS / "odd.arch")


@pytest.mark.parametrize("name", [*LANDMARKS, "Clashes"])
def test_emitted_text(name: str) -> None:
    plan = {**LANDMARKS, **ODD}[name]
    check_golden(f"pytorch/plan_{name.lower()}.py", emit_plan(plan))


def test_formatter_linter_and_type_checker_have_nothing_to_say(tmp_path: Path) -> None:
    files = []
    for name, plan in {**LANDMARKS, **ODD}.items():
        path = tmp_path / f"{name.lower()}_plan.py"
        path.write_text(emit_plan(plan), encoding="utf-8")
        files.append(str(path))
    formatted = run_tool("ruff", "format", "--isolated", "--diff", *files, folder=tmp_path)
    assert formatted.returncode == 0, formatted.stdout
    rules = "--select=E,F,I,W,B,C4,PIE,RET,RUF,SIM,UP"
    options = ("--isolated", rules, "--ignore=E501")
    linted = run_tool("ruff", "check", *options, *files, folder=tmp_path)
    assert linted.returncode == 0, linted.stdout
    typed = ("--check-untyped-defs", "--disallow-untyped-defs", "--cache-dir", str(tmp_path))
    checked = run_tool("mypy", *typed, *files, folder=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_lines_are_short() -> None:
    for plan in LANDMARKS.values():
        assert not [line for line in emit_plan(plan).split("\n") if len(line) > 88]


def test_the_same_bytes_under_every_hash_seed() -> None:
    program = (
        "import sys\n"
        "from archdsl import driver\n"
        "from archdsl.backends.pytorch import emit_plan\n"
        "print([emit_plan(plan) for plan in driver.load(sys.argv[1]).plans])\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(PLANS / "odd.arch")],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(found) == 1


# --- names that meet ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD)
def test_every_tensor_is_in_one_group(name: str) -> None:
    """As the made module sees it, whatever names meet."""
    network = created(ODD[name])
    rows = getattr(network, "GROUPS_", None) or network.GROUPS
    held = [id(parameter) for row in rows for parameter in network.parameters_of(row)]
    assert sorted(held) == sorted(map(id, network.parameters()))
    assert network(torch.zeros(2, 3, 8, 8)).shape == (2, 2)


@pytest.mark.parametrize("plan", [*LANDMARKS.values(), *ODD.values()], ids=lambda plan: plan.name)
def test_the_made_module_does_what_the_plan_says(plan: Plan) -> None:
    """In every epoch in which something begins, and for every parameter."""
    with torch.device("meta"):
        network = created(plan)
    on_epoch = getattr(network, "on_epoch_", None) or network.on_epoch
    for epoch in sorted({group.first_epoch for group in plan.groups}):
        on_epoch(epoch)
        assert [name for name, one in network.named_parameters() if one.requires_grad] == [
            key
            for key, weight in plan.graph.weights()
            if weight.trainable
            for group in plan.groups
            if key in group.parameters and group.rate is not None and group.first_epoch <= epoch
        ]
    assert [(group["name"], group["lr"]) for group in network.param_groups(1.0)] == [
        (group.name, group.rate) for group in plan.groups if group.rate is not None
    ]


def test_layers_of_extern_ops_are_in_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they hold is known to the made module alone."""
    text = """
    network Net {
      input x: image[3, 8, 8]
      conv(4) -> bn
      end = { Gain(4); conv(2) }
    }
    transfer Tuned of Net { weights("net.pt", except=[end]); train(end); freeze(rest) }
    """
    write_package(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    network = created(plan_of(OPS + text, tmp_path))
    learning = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert learning == {"end.0.factor", "end.1.weight", "end.1.bias"}


def test_a_norm_without_parameters_goes_with_the_layer_before_it() -> None:
    plan = ODD["Clashes"]
    network = created(plan).train()
    norm = network.get_submodule("bare")
    assert [name for name, layers in layers_of(plan).items() if "bare" in layers] == ["rest"]
    assert not norm.training
    plan = ODD["DropPath"]
    assert created(plan).train().get_submodule("bare").training


def test_the_text_of_a_plan_shadows_nothing() -> None:
    """No class of a network has a name that the text of a plan reads."""
    for plan in LANDMARKS.values():
        tree = ast.parse(emit_plan(plan))
        definitions = tree.body[-3 if plan.weights is None else -4 :]
        imported = {
            alias.name
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        helpers = {
            node.name
            for node in definitions[:-1]
            if isinstance(node, ast.ClassDef | ast.FunctionDef)
        }
        read = {
            node.id
            for definition in definitions
            for node in ast.walk(definition)
            if isinstance(node, ast.Name) and node.id in {*dir(builtins), *imported, *helpers}
        }
        assert read <= RESERVED, read - RESERVED


def test_user_text_cannot_become_code() -> None:
    for plan in ODD.values():
        emitted = emit_plan(plan)
        assert emitted.isascii()
        tree = ast.parse(emitted)
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & {"os", "abort"}
    network = created(ODD["print"])
    assert type(network).__name__ == "print_"
    assert network.WEIGHTS == '"""; import os; os.abort() # \\ \u2028\n.pt'
    assert network.__doc__.startswith('# coding: utf-7 """ import os; os.abort() \\\n')


# --- the check of the emitted text ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rate=0.1,", "rate=0.2,"),
        ("rate=None", "rate=0.0"),
        ("first_epoch=1", "first_epoch=2"),
        ('"bn1",\n', '"bn1",\n                "conv1",\n'),
        ('"layer*.*.bn*"', '"layer*.0.bn*"'),
        ('"layer*.*.conv*"', '"layer*.*"'),
        ('Group("fc"', 'Group("fc2"'),
        ('        Group("fc", rate=1.0, layers=("fc",)),\n', ""),
        ("    GROUPS = (", '    WEIGHTS = "other.pt"\n    GROUPS = ('),
        ("    GROUPS = (", "    print()\n    GROUPS = ("),
    ],
)
def test_a_wrong_table_is_noticed(old: str, new: str) -> None:
    plan = LANDMARKS["Norms"]
    emitted = emit_plan(plan)
    check_plan(ast.parse(emitted), plan)
    assert old in emitted
    with pytest.raises((AssertionError, ValueError)):
        check_plan(ast.parse(emitted.replace(old, new)), plan)


def test_a_wrong_loop_in_the_table_is_noticed() -> None:
    plan = LANDMARKS["Birds"]
    emitted = emit_plan(plan)
    assert "range(7, 14)" in emitted
    for bounds in ("range(7, 13)", "range(6, 14)", "range(14)"):
        with pytest.raises(AssertionError):
            check_plan(ast.parse(emitted.replace("range(7, 14)", bounds)), plan)
