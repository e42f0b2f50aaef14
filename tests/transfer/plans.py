"""Plans for tests, checked from files in a folder."""

from pathlib import Path

from archdsl import driver
from archdsl.diagnostics import Diagnostic
from archdsl.transfer.plan import Group, Plan


def written(folder: Path, text: str) -> str:
    path = folder / "net.arch"
    path.write_text(text, encoding="utf-8")
    return str(path)


def checked(folder: Path, text: str) -> driver.Checked:
    """What a file holds, of networks and plans, and what is wrong with it."""
    return driver.check(written(folder, text))


def plan_of(folder: Path, text: str) -> Plan:
    """The only plan of a file without mistakes."""
    found = checked(folder, text)
    assert not found.diagnostics, [shown(one) for one in found.diagnostics]
    (plan,) = found.plans
    return plan


def shown(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.code} {diagnostic.message}"


def brief(group: Group) -> str:
    """``layer4: layer4 x0.1 from 3``."""
    learns = "frozen" if group.rate is None else f"x{group.rate:g} from {group.first_epoch}"
    return f"{group.name}: {' '.join(group.paths)} {learns}"
