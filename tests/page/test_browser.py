"""The page in use: what a click, a key and a search do, on a screen and on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.backends.diagram import Diagram, Look
from archdsl.lint.catalogue import selected
from tests.diagram.nets import named
from tests.page.browser import NEEDS_CHROMIUM, chromium, visit
from tests.page.test_html import HOSTILE, page_with

pytestmark = NEEDS_CHROMIUM

RESNET = named("specs/resnet.arch:ResNet50")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def written(folder: Path, analysis: Analysis = RESNET, level: str = "block") -> Path:
    def findings() -> dict[object, tuple[int, ...]]:
        return dict(driver.lint_network(analysis, selected()))

    path = folder / f"{analysis.graph.name}.html"
    Diagram(analysis, Look(level), findings).save(path)  # type: ignore[arg-type]
    return path


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page of ResNet-50 at the block level; nothing may go wrong in it."""
    with visit(browser, written(tmp_path)) as visited:
        yield visited.page


def part(label: str) -> str:
    """A part of the diagram by the start of what assistive technology reads of it."""
    return f'#drawing [role="treeitem"][aria-label^="{label}"]'


def facts(page: Page) -> dict[str, str]:
    """The details that are shown, by name."""
    names = page.locator("#details dt").all_inner_texts()
    return dict(zip(names, page.locator("#details dd").all_inner_texts(), strict=True))


def parts_shown(page: Page) -> int:
    return page.locator('#drawing [role="treeitem"]').count()


def test_it_shows_the_network(page: Page) -> None:
    assert page.title() == "ResNet50"
    assert page.locator("#subtitle").inner_text().startswith("25.6 M parameters · 4.09 G MACs")
    assert facts(page)["parameters"] == "25,557,032 (102.2 MB in float32)"
    # image, conv1, maxpool1, four stages of two parts, gap1, fc, fc
    assert parts_shown(page) == 6 + 4 * 3
    assert page.locator("#drawing").bounding_box() is not None


def test_a_block_opens_and_closes(page: Page) -> None:
    block = page.locator(part("Bottleneck, layer2.0,"))
    before = parts_shown(page)
    assert block.get_attribute("aria-expanded") == "false"
    height = "element => element.getScreenCTM().f"
    place = block.evaluate(height)
    block.locator("> .toggle").click()
    assert block.get_attribute("aria-expanded") == "true"
    assert parts_shown(page) == before + 5  # three convolutions, a projection, a sum
    assert block.evaluate(height) == pytest.approx(place, abs=1)  # it stays where the reader looks
    block.locator("> .toggle").click()
    assert parts_shown(page) == before


def test_a_click_shows_the_figures(page: Page) -> None:
    page.locator(part("Bottleneck, layer2.0,")).locator("> .toggle").click()
    page.locator(part("conv 3×3 /2, bn, relu, layer2.0.conv2")).locator("> .toggle").click()
    page.locator(part("conv 3×3 /2, layer2.0.conv2")).click()
    found = facts(page)
    step = next(step for step in RESNET.graph.steps if step.path == "layer2.0.conv2")
    figures = RESNET.layer("layer2.0.conv2")
    macs = RESNET.macs_of(step.layer)
    assert figures and macs
    assert page.locator("#details h2").inner_text() == "layer2.0.conv2"
    assert found["input"] == "128 × 56 × 56"
    assert found["output"].split("\n")[0] == "128 × 28 × 28"
    assert "height: (56 + 2*1 - 3) // 2 + 1 = 28" in found["output"]
    assert found["parameters"].startswith(f"{step.layer.params:,}")
    assert found["MACs"].startswith(f"{macs:,}")
    assert found["weight"] == "128 × 128 × 3 × 3"
    assert (found["stride"], found["groups"], found["bias"]) == ("2", "1", "false")
    text = page.locator("#details").inner_text()
    assert f"{figures.receptive_field}, stride {figures.stride}" in text
    assert "resnet.arch:21" in text
    assert "conv(width, stride=stride) -> bn -> relu" in text
    assert "in Bottleneck, called at resnet.arch:34" in text


def test_the_field_is_drawn_on_the_input(page: Page) -> None:
    page.locator(part("maxpool 3×3 /2")).click()
    box, seen = (page.locator(f"#details .field .{name}") for name in ("map", "seen"))
    assert (box.get_attribute("width"), box.get_attribute("height")) == ("224", "224")
    assert (seen.get_attribute("width"), seen.get_attribute("height")) == ("11", "11")
    assert seen.get_attribute("x") == "107"  # position 28 of 56, around 28 * 4 = 112


def test_findings_are_listed_and_lead_to_their_layer(page: Page) -> None:
    page.locator("#tab-findings").click()
    assert page.locator("#tab-findings").inner_text() == "Findings (1)"
    assert "D207" in page.locator("#findings .finding").inner_text()
    page.locator("#findings .link").click()
    assert page.locator("#details h2").inner_text() == "layer4.0.conv2"
    assert "D207" in page.locator("#details .finding").inner_text()
    assert page.locator(".selected .badge").count() >= 1


def test_search_finds_and_opens(page: Page) -> None:
    assert page.locator(part("conv 1×1, layer3.4.conv3")).count() == 0
    page.keyboard.press("/")
    page.keyboard.type("layer3.4 conv3 1x1")
    assert page.locator("#results li").first.inner_text().startswith("layer3.4.conv3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.locator("#details h2").inner_text() == "layer3.4.conv3"
    shown = page.locator("#drawing .selected").last.bounding_box()
    view = page.locator("#scroll").bounding_box()
    assert shown and view
    assert view["y"] < shown["y"] < view["y"] + view["height"]
    page.keyboard.press("/")
    page.keyboard.type("nothing-like-it")
    assert page.locator("#results").inner_text() == "nothing found"
    page.keyboard.press("Escape")
    assert page.locator("#results").is_hidden()


def test_keys_walk_the_tree(page: Page) -> None:
    def selected_path() -> str:
        return page.locator("#details h2").inner_text()

    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert selected_path() == "layer1"
    page.keyboard.press("ArrowRight")
    assert selected_path() == "layer1.0"
    page.keyboard.press("Enter")
    active = page.locator("#scroll").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-expanded") == "true"
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowRight")
    assert selected_path() == "layer1.0.conv1"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.locator(f"#{active}").get_attribute("aria-expanded") == "false"
    page.keyboard.press("Escape")
    assert selected_path() == "ResNet50"
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#help").is_hidden()


def test_levels(page: Page) -> None:
    page.keyboard.press("1")
    assert parts_shown(page) == 10
    page.locator('[data-level="layer"]').click()
    kinds = page.locator('#drawing [role="treeitem"].closed')
    assert kinds.count() == len(RESNET.graph.steps) + 2  # with the input and the output
    assert page.locator('[data-level="layer"]').get_attribute("aria-pressed") == "true"


def test_the_table_follows(page: Page) -> None:
    page.locator(part("maxpool 3×3 /2")).click()
    page.keyboard.press("t")
    rows = page.locator("#table tbody tr")
    assert rows.count() == parts_shown(page)
    chosen = page.locator('#table tr[aria-selected="true"]')
    assert chosen.inner_text().split("\t")[:3] == ["maxpool1", "maxpool 3×3 /2", "64 × 56 × 56"]
    page.locator("#table tr", has_text="layer3").first.click()
    assert page.locator("#drawing .selected").get_attribute("aria-label") == (
        "Bottleneck ×6, layer3, 7,098,368 parameters"
    )
    assert page.locator("#table tfoot").inner_text().split() == [
        *("total", "25,557,032", "4,089,184,256"),
    ]


def test_zoom_and_pan(page: Page) -> None:
    drawing = page.locator("#drawing")
    width = drawing.bounding_box()
    page.locator("#closer").click()
    closer = drawing.bounding_box()
    assert width and closer
    assert closer["width"] == pytest.approx(1.25 * width["width"], rel=0.01)
    for _ in range(6):
        page.keyboard.press("+")
    top = "document.getElementById('scroll').scrollTop"
    at = page.evaluate(top)
    page.mouse.move(300, 600)
    page.mouse.down()
    page.mouse.move(320, 400, steps=4)
    page.mouse.up()
    assert page.evaluate(top) == pytest.approx(at + 200, abs=2)
    assert page.locator("#drawing .selected").count() == 0  # dragging is no click
    page.mouse.wheel(0, 150)
    for _ in range(600):  # frames, until the wheel has had its effect
        if page.evaluate(top) > at + 300:
            break
        page.wait_for_timeout(50)
    assert page.evaluate(top) == pytest.approx(at + 350, abs=2)
    page.keyboard.press("0")
    shown, view = drawing.bounding_box(), page.locator("#scroll").bounding_box()
    assert shown and view
    assert shown["height"] <= view["height"] + 1


def test_a_hint_says_what_is_under_the_mouse(page: Page) -> None:
    page.locator(part("maxpool 3×3 /2")).hover()
    assert (page.locator("#hint").text_content() or "").split("\n") == [
        *("maxpool1", "maxpool 3×3 /2", "64 × 112 × 112  →  64 × 56 × 56"),
        "receptive field 11, stride 4",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_and_light(browser: Browser, tmp_path: Path, scheme: str) -> None:
    paper = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 28)"}
    other = {"light": "dark", "dark": "light"}[scheme]
    with visit(browser, written(tmp_path), color_scheme=scheme) as visited:
        colour = "getComputedStyle(document.body).backgroundColor"
        assert visited.page.evaluate(colour) == paper[scheme]
        visited.page.locator("#theme").click()
        assert visited.page.evaluate(colour) == paper[other]


def test_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with visit(browser, written(tmp_path), **phone) as visited:
        page = visited.page
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        stage, panel = (page.locator(name).bounding_box() for name in ("#stage", "#panel"))
        assert stage and panel
        assert stage["height"] > 300
        assert stage["y"] + stage["height"] <= panel["y"] + 1
        assert panel["y"] + panel["height"] <= 844
        page.locator(part("conv 7×7 /2, bn, relu")).tap()
        assert facts(page)["output"] == "64 × 112 × 112"
        page.locator(part("conv 7×7 /2, bn, relu")).tap()  # again: open
        assert page.locator(part("conv 7×7 /2, conv1")).count() == 1
        page.locator("#fold").tap()
        folded = page.locator("#stage").bounding_box()
        assert folded
        assert folded["height"] > stage["height"] + 200


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_names_are_shown_and_do_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_with(text), encoding="utf-8")
    with visit(browser, path) as visited:
        page = visited.page
        shown = page.locator("h1").evaluate("element => element.textContent")
        # A surrogate alone is no character; browser and driver replace it.
        assert re.sub("[\ud800-\udfff\ufffd]", "", shown) == text.replace("\ud800", "")
        for key in ("3", "ArrowDown", "ArrowDown", "ArrowDown", "t"):
            page.keyboard.press(key)
        elements = "[...document.querySelectorAll('*')].map((one) => one.tagName).join(' ')"
        structure = page.evaluate(elements)
    path.write_text(page_with("harmless"), encoding="utf-8")
    with visit(browser, path) as visited:
        for key in ("3", "ArrowDown", "ArrowDown", "ArrowDown", "t"):
            visited.page.keyboard.press(key)
        assert visited.page.evaluate(elements) == structure


@pytest.mark.parametrize(
    "spec", ["specs/resnet.arch:ResNet152", "specs/efficientnet.arch:EfficientNetB7"]
)
def test_large_networks_stay_small_and_open_whole(
    browser: Browser, tmp_path: Path, spec: str
) -> None:
    analysis = named(spec)
    path = written(tmp_path, analysis, "layer")
    assert path.stat().st_size < 700_000
    with visit(browser, path) as visited:
        shown = visited.page.locator('#drawing [role="treeitem"].closed').count()
        assert shown == len(analysis.graph.steps) + 2


def test_a_plan_shows_what_is_frozen(browser: Browser, tmp_path: Path) -> None:
    (plan,) = driver.check("specs/transfer.arch:WrittenOut").plans
    path = tmp_path / "plan.html"
    Diagram(Analysis(plan.graph), Look("stage"), plan=plan).save(path)
    with visit(browser, path) as visited:
        page = visited.page
        assert "frozen" in (page.locator(part("conv 7×7 /2")).get_attribute("class") or "").split()
        page.locator(part("Basic ×2, layer4")).click()
        assert facts(page)["learning"] == "rate 0.1 from epoch 3"
        assert (
            "frozen"
            not in (page.locator(part("Basic ×2, layer4")).get_attribute("class") or "").split()
        )
