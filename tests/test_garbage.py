"""Collections are put off, and resume whatever happens."""

import gc
from pathlib import Path

import pytest

import archdsl
from archdsl import driver
from archdsl.garbage import Postponed

ROOT = Path(__file__).parent.parent


def test_postponed_contexts_nest() -> None:
    with Postponed():
        with Postponed():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_program_that_collects_nothing_is_left_alone() -> None:
    gc.disable()
    try:
        with Postponed():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_collections_resume_after_a_check_and_after_a_failure(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.arch"
    wrong.write_text("network N {\n  conv(\n")
    assert driver.check(str(wrong)).diagnostics
    assert gc.isenabled()
    with pytest.raises(driver.UsageError):
        driver.load(str(tmp_path / "missing.arch"))
    assert gc.isenabled()


def test_figures_of_expectations_are_handed_on() -> None:
    (analysis,) = driver.load(str(ROOT / "specs" / "resnet.arch"), "ResNet50").analyses
    # A figure is kept in the instance as soon as it is worked out; nothing expects `layers`.
    assert {"macs", "depth"} <= vars(analysis).keys()
    assert "layers" not in vars(analysis)
    net = archdsl.load(ROOT / "specs" / "resnet.arch", "ResNet50")
    assert net.macs == vars(analysis)["macs"]
