"""Layouts, as the page works them out in a browser: nothing overlaps, and connections run level or
upright from what gives a value to what reads it, through nothing else.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.backends.diagram.page import page_data
from tests.diagram.nets import ROOT
from tests.differential.choices import from_seed
from tests.differential.networks import network
from tests.differential.running import compiled
from tests.page.browser import NEEDS_CHROMIUM, chromium
from tests.page.test_data import NAMES, NETWORKS

pytestmark = NEEDS_CHROMIUM

FOLDER = ROOT / "archdsl" / "backends" / "diagram" / "page"

GEOMETRY = """
([text, level]) => {
  nodes = [];
  readNetwork(JSON.parse(text));
  openTo(level);
  nodes[0].open = true;
  layOut(nodes[0]);
  const boxOf = ({ layout, x = 0, y = 0 }) =>
    ({ left: x - layout.left, right: x + layout.right, top: y, bottom: y + layout.height });
  return nodes.filter((node) => node.open && node.layout).map((node) => ({
    frame: boxOf({ layout: node.layout }),
    ports: node.reads.length,
    wires: node.layout.wires.map(({ points, source, target }) => ({ points, source, target })),
    members: node.children.map((child) => ({
      ...boxOf(child),
      entry: Object.values(child.layout.entry).map((x) => x + child.x),
      exit: Object.values(child.layout.exit).map((x) => x + child.x),
      isOpen: child.open,
    })),
  }));
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Page:
    """A page with the functions that lay out, and no network."""
    page = browser.new_page()
    page.set_content("<body style='font-family: sans-serif'></body>")
    for name in ("model.js", "layout.js", "draw.js"):
        page.add_script_tag(content=(FOLDER / name).read_text(encoding="utf-8"))
    return page


@pytest.mark.parametrize("level", ["stage", "block", "layer"])
@pytest.mark.parametrize("analysis", NETWORKS, ids=NAMES)
def test_layouts(bare: Page, analysis: Analysis, level: str) -> None:
    text = json.dumps(page_data(analysis, level, (), {}))
    for part in bare.evaluate(GEOMETRY, [text, level]):
        check_members(part)
        for wire in part["wires"]:
            check_wire(part, wire)


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_layouts_of_random_networks(bare: Page, first: int) -> None:
    for seed in range(first, first + 10):
        analysis = Analysis(compiled(network(from_seed(seed)).text()))
        test_layouts(bare, analysis, "layer")


def test_layout_of_a_dense_network(bare: Page, tmp_path: Path) -> None:
    """Forty layers, each of which reads all before it."""
    lines = ["network Dense {", "  input x: image[8, 16, 16]", "  x0 = conv(8)", "  x1 = conv(8)"]
    for number in range(2, 40):
        lines.append(f"  concat [{', '.join(f'x{before}' for before in range(number))}]")
        lines.append(f"  x{number} = conv(8)")
    (tmp_path / "net.arch").write_text("\n".join([*lines, "}"]), encoding="utf-8")
    (analysis,) = driver.check(str(tmp_path / "net.arch")).analyses
    test_layouts(bare, analysis, "layer")


def check_members(part: dict[str, Any]) -> None:
    """Members stand within the frame, and none on another."""
    frame, members = part["frame"], part["members"]
    for at, one in enumerate(members):
        assert frame["left"] <= one["left"] <= one["right"] <= frame["right"]
        assert frame["top"] <= one["top"] <= one["bottom"] <= frame["bottom"]
        for other in members[at + 1 :]:
            beside = one["right"] < other["left"] or other["right"] < one["left"]
            above = one["bottom"] < other["top"] or other["bottom"] < one["top"]
            assert beside or above


def check_wire(part: dict[str, Any], wire: dict[str, Any]) -> None:
    points = wire["points"]
    pairs = list(pairwise(points))
    for (x, y), (to_x, to_y) in pairs:
        assert abs(x - to_x) < 0.6 or y == to_y, "neither level nor upright"
        assert to_y >= y, "upwards"
    source = member(part, wire["source"])
    target = member(part, wire["target"])
    for member_, point, edge in ((source, points[0], "bottom"), (target, points[-1], "top")):
        if member_ is None:
            end = part["frame"]["bottom" if edge == "top" else "top"]
            assert point[1] == end
        else:
            assert on_border(member_, point, edge)
    for other in part["members"]:
        if other not in (source, target):
            for begin, end in pairs:
                assert not crosses(other, begin, end), "through another member"


def member(part: dict[str, Any], place: int) -> dict[str, Any] | None:
    """What stands at a place of a part's connections; None for a port."""
    at = place - part["ports"]
    return part["members"][at] if 0 <= at < len(part["members"]) else None


def on_border(box: dict[str, Any], point: list[float], edge: str) -> bool:
    """At the edge of a member, at one of its ports if it is open; or in the middle of a side."""
    x, y = point
    ports = box["exit" if edge == "bottom" else "entry"] if box["isOpen"] else []
    middle = (box["left"] + box["right"]) / 2
    level = abs(y - box[edge]) < 0.01 and any(abs(x - at) < 0.6 for at in ports or [middle])
    beside = (x in (box["left"], box["right"])) and abs(y - (box["top"] + box["bottom"]) / 2) < 0.01
    return level or (beside and edge == "top" and not box["isOpen"])


def crosses(box: dict[str, Any], begin: list[float], end: list[float]) -> bool:
    (x, y), (to_x, to_y) = begin, end
    across = min(x, to_x) < box["right"] and max(x, to_x) > box["left"]
    return across and min(y, to_y) < box["bottom"] and max(y, to_y) > box["top"]
