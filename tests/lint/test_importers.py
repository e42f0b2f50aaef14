"""Plans in files that import a network count for it, wherever the answer comes from."""

import io
import os
import sys

import pytest

from archdsl.linting import run
from tests.cli.commands import Commands
from tests.lint.linting import codes

NET = """\
network Net(width: int = 64) {
  input image: image[3, 28, 28]
  for i in range(4) { conv(width * 2 ** i, 5) -> relu }
  gap -> flatten
  fc = linear(10)
  dataset(images=500)
}
"""
PLAN = 'from "net.arch" import Net\n\ntransfer Plan of Net { train(fc); freeze(rest) }\n'
ONLY = ("--select", "P104")


def lints(archdsl: Commands, *words: str) -> bool:
    """Whether `lint` finds that a network begins from scratch."""
    result = archdsl("lint", *words, *ONLY)
    assert result.code == int("P104" in result.out), result
    return result.code == 1


# --- what is a plan of a network ------------------------------------------------------------------

SILENT = {
    "in the file itself": {"net": f"{NET}\ntransfer Plan of Net {{ train(fc); freeze(rest) }}\n"},
    "beside it": {"net": NET, "plan": PLAN},
    "under another name": {
        "net": NET,
        "plan": 'from "net.arch" import Net as N\ntransfer P of N(width=64) { train("*") }\n',
    },
    "of a variant there": {
        "net": NET,
        "plan": 'from "net.arch" import Net\nnetwork M = Net(32)\ntransfer P of M { train("*") }\n',
    },
    "of a variant in a file between": {
        "net": NET,
        "mid": 'from "net.arch" import Net\n\nnetwork Mid = Net(32)\n',
        "plan": 'from "mid.arch" import Mid\n\ntransfer Plan of Mid { train("*") }\n',
    },
    "of a network that it is a step of": {
        "net": NET,
        "plan": 'from "net.arch" import Net\n\nblock Body { Net; relu }\n\n'
        "network Whole {\n  input photo: image[3, 28, 28]\n  Body\n  out = linear(2)\n}\n\n"
        'transfer Plan of Whole { train("*") }\n',
    },
    "with another error": {"net": NET, "plan": PLAN.replace("train(fc)", "train(fd)")},
}
GUILTY = {
    "no other file": {"net": NET},
    "of another network": {
        "net": f"{NET}\n{NET.replace('Net', 'Other').partition('  dataset')[0]}}}\n",
        "plan": PLAN.replace("Net", "Other"),
    },
    "of a network of that name": {
        "net": NET,
        "other": NET,
        "plan": PLAN.replace("net.arch", "other.arch"),
    },
    "imported for something else": {
        "net": NET,
        "plan": 'from "net.arch" import Net\nfrom zoo.lenet import LeNet5\n\n'
        "network Whole = Net(32)\n\ntransfer Plan of LeNet5 { train(rest) }\n",
    },
    "in a comment": {"net": NET, "plan": 'from "net.arch" import Net\n# transfer Plan of Net\n'},
    "in a file that does not parse": {"net": NET, "plan": PLAN + "transfer\n"},
    "in a file that is no text": {"net": NET, "plan": PLAN + "\0"},
}


@pytest.mark.parametrize("files", SILENT.values(), ids=SILENT)
def test_silent(files: dict[str, str], tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    others = {stem: text for stem, text in files.items() if stem != "net"}
    assert codes("P104", files["net"], **others) == []


@pytest.mark.parametrize("files", GUILTY.values(), ids=GUILTY)
def test_guilty(files: dict[str, str], tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    others = {stem: text for stem, text in files.items() if stem != "net"}
    assert codes("P104", files["net"], **others) == ["P104"]


# --- where plans are looked for -------------------------------------------------------------------


def test_the_whole_project(archdsl: Commands) -> None:
    for folder in ("nets", "plans"):
        (archdsl.folder / folder).mkdir()
    archdsl.write("nets/net.arch", NET)
    archdsl.write("plans/plan.arch", PLAN.replace("net.arch", "../nets/net.arch"))
    # Without a project file the import itself is an error: nothing says that they belong together.
    assert lints(archdsl, "nets/net.arch")
    archdsl.write("archdsl.toml", "")
    assert not lints(archdsl, "nets/net.arch")
    assert not lints(archdsl, "nets")
    os.rename(archdsl.folder / "plans", archdsl.folder / "venv")
    assert lints(archdsl, "nets")


def test_folders_that_are_linted(archdsl: Commands) -> None:
    (archdsl.folder / "nets").mkdir()
    archdsl.write("nets/net.arch", NET)
    archdsl.write("plan.arch", PLAN.replace("net.arch", "nets/net.arch"))
    # Whoever lints the outer folder sees both files; of the inner file alone nothing leads there.
    for _ in range(2):  # the second time from the cache
        assert not lints(archdsl, ".")
        assert lints(archdsl, "nets/net.arch")
        assert lints(archdsl, "nets")
    assert not lints(archdsl, "nets/net.arch", str(archdsl.folder))


def test_fixes_and_standard_input(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    (archdsl.folder / "nets").mkdir()
    archdsl.write("nets/net.arch", NET)
    archdsl.write("plan.arch", PLAN.replace("net.arch", "nets/net.arch"))
    assert archdsl("lint", ".", "--fix", *ONLY).code == 0
    assert archdsl("lint", "nets", "--fix", *ONLY).code == 1
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    assert archdsl("lint", "-", *ONLY).code == 1


# --- the cache ------------------------------------------------------------------------------------


def count_linted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are linted anew, as they come."""
    linted: list[str] = []
    anew = run._lint

    def counted(task: "run._Task", *others: object) -> run.Linted:
        linted.append(task.path)
        return anew(task, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "_lint", counted)
    return linted


def test_the_cache_sees_plans_come_and_go(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    linted = count_linted(monkeypatch)
    archdsl.write("net.arch", NET)
    archdsl.write("small.arch", NET.replace("int = 64", "int = 1"))
    archdsl.write("own.arch", f"{NET}\ntransfer Plan of Net {{ train(fc); freeze(rest) }}\n")
    assert lints(archdsl, ".")
    archdsl.write("plan.arch", PLAN)
    assert not lints(archdsl, "net.arch")
    archdsl.write("plan.arch", PLAN.replace("transfer", "# transfer"))
    assert lints(archdsl, "net.arch")
    archdsl.write("plan.arch", PLAN)
    assert not lints(archdsl, "net.arch")
    (archdsl.folder / "plan.arch").unlink()
    archdsl.write("new.arch", NET)
    linted.clear()
    assert lints(archdsl, ".")
    # What needs no plan of another file does not depend on other files.
    assert linted == ["net.arch", "new.arch"]
    linted.clear()
    assert lints(archdsl, ".")
    assert not linted


def test_the_cache_keeps_what_depends_on_weights(
    archdsl: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    linted = count_linted(monkeypatch)
    archdsl.write("net.arch", NET)
    archdsl.write("plan.arch", PLAN.replace("{ train", '{ weights("w.safetensors"); train'))

    def noted() -> bool:
        result = archdsl("lint", "plan.arch", "--select", "T")
        return "T307" in result.out

    assert noted() and noted()
    assert linted == ["plan.arch"]
    archdsl("init", "net.arch", "-o", "w.safetensors")
    assert (archdsl.folder / "w.safetensors").exists()
    assert not noted() and not noted()
    (archdsl.folder / "w.safetensors").unlink()
    assert noted()
    assert len(linted) == 3


def test_several_processes(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    archdsl.write("blocks.arch", "block Unit { conv(8, bias=false) -> bn }\n")
    for number in range(40):
        archdsl.write(f"net{number:02}.arch", NET)
        if number % 3:
            archdsl.write(f"plan{number:02}.arch", PLAN.replace("net.", f"net{number:02}."))
    monkeypatch.setattr(run, "_processors", lambda: 1)
    alone = archdsl("lint", ".", "--no-cache", *ONLY)
    assert alone.out.count("warning P104") == 14
    monkeypatch.setattr(run, "_processors", lambda: 2)
    assert archdsl("lint", ".", *ONLY) == alone
    linted = count_linted(monkeypatch)
    assert archdsl("lint", ".", *ONLY) == alone
    assert not linted
