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
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*build, "--outdir", str(folder), str(ROOT)], check=True, capture_output=True)
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
        *(
            f"archdsl/backends/diagram/page/{part.name}"
            for part in (ROOT / "archdsl" / "backends" / "diagram" / "page").iterdir()
            if part.suffix in (".js", ".css", ".html")
        ),
        "archdsl/grammars/arch.lark",
        "archdsl/py.typed",
    }
    assert shipped <= names
    assert not [name for name in names if name.startswith(("tests/", "specs/", "benchmarks/"))]


def test_installed_wheel_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    """The unpacked wheel, run from elsewhere, compiles a network that needs zoo and library."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "net.arch").write_text(
        "from zoo.mobilenet_v1 import MobileNetV1\nnetwork Small = MobileNetV1(0.25)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "archdsl", "compile", "net.arch", "-o", "out"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "small.py").is_file()
