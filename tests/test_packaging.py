"""What an installed wheel holds, and that the package finds it there as well as in a checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from archdsl import resources

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_checkout_finds_its_files() -> None:
    assert resources.zoo() == str(ROOT / "specs")
    assert resources.grammar() == str(ROOT / "grammars" / "arch.lark")
    assert os.path.isfile(resources.grammar())
    assert os.path.isdir(resources.standard_library())


def test_wheel_holds_every_shipped_file(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        *(f"archdsl/zoo/{spec.name}" for spec in (ROOT / "specs").glob("*.arch")),
        *(f"archdsl/std/{library.name}" for library in (ROOT / "archdsl" / "std").glob("*.arch")),
        *(f"archdsl/pages/{page.name}" for page in (ROOT / "archdsl" / "pages").glob("*.md")),
        "archdsl/grammars/arch.lark",
        "archdsl/py.typed",
    }
    assert shipped <= names
    assert not [name for name in names if name.startswith(("tests/", "specs/", "benchmarks/"))]


def test_installed_wheel_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    """The unpacked wheel, run from elsewhere and without site-packages, compiles a landmark."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    spec = tmp_path / "site" / "archdsl" / "zoo" / "resnet.arch"
    out = tmp_path / "out"
    command = [sys.executable, "-m", "archdsl", "compile", f"{spec}:ResNet50", "-o", str(out)]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (out / "res_net50.py").is_file()
