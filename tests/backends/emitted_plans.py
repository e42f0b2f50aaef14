"""Transfer plans to emit, and emitted plans to run."""

from pathlib import Path
from typing import Any

from archdsl import driver
from archdsl.backends.pytorch import class_name, emit_plan
from archdsl.transfer.plan import Plan

PLANS = Path(__file__).parent / "plans"


def plans_of(path: Path) -> dict[str, Plan]:
    """The plans of a file, which must be free of errors."""
    checked = driver.load(str(path))
    errors = [found for found in checked.diagnostics if found.severity == "error"]
    assert not errors, errors
    return {plan.name: plan for plan in checked.plans}


def plan_of(text: str, folder: Path) -> Plan:
    """The only plan of a source text."""
    path = folder / "plan.arch"
    path.write_text(text, encoding="utf-8")
    (plan,) = plans_of(path).values()
    return plan


def created(plan: Plan) -> Any:
    """The class of an emitted plan, created."""
    names: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(emit_plan(plan), "emitted.py", "exec"), names)  # noqa: S102
    return names[class_name(plan)]()
