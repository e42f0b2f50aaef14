"""Collections are put off, and resume whatever happens."""

import gc
from pathlib import Path

import pytest

import archdsl
from archdsl import driver
from archdsl.elaborate.session import Session
from archdsl.garbage import Postponed

ROOT = Path(__file__).parent.parent
RESNET = ROOT / "specs" / "resnet.arch"
EVERYTHING = """
default conv(bias=false)
let widths = [8, 16]
fn double(n: int) = 2 * n

block Unit(width: int, layer: block = bn) {
  default conv(pad="same")
  let wide = double(width)
  conv(wide) -> layer -> relu
  if wide > 20 { let half = wide // 2; conv(half) }
}

network N(depth: int = 2) {
  input image: image[3, H, W] where H % 4 == 0
  shared twice = conv(8)
  twice
  for width in widths { "stage{width}" = repeat depth as i { Unit(width, layer=bn(eps=1e-3)) } }
  head = { let classes = 10; gap -> flatten -> linear(classes) }
  expect params > 10
}
"""
MISTAKEN = EVERYTHING.replace("twice\n  for", "twice\n  conv(0) -> nothing(n)\n  for")


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


@pytest.mark.parametrize("text", [RESNET.read_text(), EVERYTHING, MISTAKEN])
def test_a_network_that_is_dropped_leaves_hardly_anything_to_the_collector(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.arch"
    path.write_text(text)
    driver.load(str(path))  # what is kept for good is made here
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        checked = driver.load(str(path))
        assert bool(checked.graphs) == (text is not MISTAKEN)
        living = [one for one in gc.get_objects() if type(one) is Session]
        del checked
        gc.collect()
        left = [type(one) for one in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not living
    # A size keeps its quotients, which are made of it.
    modules = {kind.__module__ for kind in left if kind.__module__.startswith("archdsl")}
    assert modules <= {"archdsl.symbolic.size", "archdsl.types"}
    assert len(left) < 1_000
