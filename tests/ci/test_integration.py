"""What other repositories use of this one: the pre-commit hook and the GitHub Action."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.lint.nets import BIASED, CLEAN

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize(
    ("schema", "file"),
    [("vendor.github-actions", "action.yml"), ("vendor.github-workflows", "workflow.yml")],
)
def test_files_keep_to_their_schemas(schema: str, file: str, tmp_path: Path) -> None:
    path = ROOT / file
    if file == "workflow.yml":
        path = tmp_path / file
        path.write_text(documented("yaml", "on:"))
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def documented(language: str, mark: str) -> str:
    """The example of docs/lint.md that holds a text."""
    blocks = (ROOT / "docs" / "lint.md").read_text().split("```")
    found = [block for block in blocks if block.startswith(f"{language}\n") and mark in block]
    (block,) = found
    return block.removeprefix(f"{language}\n")


def test_the_documented_hook_is_one_of_ours() -> None:
    (repository,) = yaml.safe_load(documented("yaml", "hooks:"))["repos"]
    ours = {hook["id"] for hook in HOOKS}
    assert {hook["id"] for hook in repository["hooks"]} <= ours


def lint_step(folder: Path, paths: str, options: str = "") -> tuple[str, dict[str, str]]:
    """Run the action's own script; its output, and what it hands on."""
    (script,) = [step["run"] for step in ACTION["runs"]["steps"] if step.get("id") == "lint"]
    program = folder / "bin" / "archdsl"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archdsl "$@"\n')
    program.chmod(0o755)
    handed_on = folder / "output"
    handed_on.write_text("")
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(handed_on),
        "LINT_PATHS": paths,
        "LINT_OPTIONS": options,
        "ARCHDSL_CACHE_DIR": str(folder / "cache"),
    }
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder / "project",
        env=environment,
    )
    return done.stdout, dict(line.split("=", 1) for line in handed_on.read_text().split())


def test_the_action_annotates_uploads_and_fails(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "clean.arch").write_text(CLEAN)
    output, handed_on = lint_step(tmp_path, ".")
    assert (output, handed_on["code"]) == ("", "0")
    (project / "biased.arch").write_text(BIASED)
    output, handed_on = lint_step(tmp_path, ".", "--select P108")
    assert output.startswith("::warning file=biased.arch,line=2,")
    assert handed_on["code"] == "1"
    log = json.loads(Path(handed_on["sarif-file"]).read_text())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["P108"]
    # Nothing in an input is taken for a command.
    lint_step(tmp_path, ". $(touch harm) `touch harm` ; touch harm")
    assert not (project / "harm").exists()


def test_the_hook_runs_on_this_repository(tmp_path: Path) -> None:
    """In an environment of its own, which pre-commit makes of the repository as committed."""
    copy = tmp_path / "repository"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PRE_COMMIT_HOME"] = str(tmp_path / "home")
    environment["ARCHDSL_CACHE_DIR"] = str(tmp_path / "cache")
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), "archdsl-lint"]
    command += ["--ref", "HEAD", "--files"]
    bad = copy / "specs" / "bad.arch"
    bad.write_text(BIASED)
    for files, code in ((["specs/lenet.arch", "specs/resnet.arch"], 0), (["specs/bad.arch"], 1)):
        done = subprocess.run(
            [*command, *files],
            check=False,
            capture_output=True,
            text=True,
            cwd=copy,
            env=environment,
        )
        assert done.returncode == code, done.stdout + done.stderr
    assert "specs/bad.arch:2:3: warning P108" in done.stdout
