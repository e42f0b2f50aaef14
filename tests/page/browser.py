"""Chromium without a window, and what a page did in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDS_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: `make browser` installs it"
)
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE = 60_000
"""Milliseconds that anything may take on a loaded machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, for one module of tests: its event loop would be in the way of others."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_QUIET, timeout=PATIENCE)
        yield browser
        browser.close()


class Visit:
    """A page that is open, and all that it complained of or asked for.

    Attributes:
        complaints: messages on the console, exceptions, dialogs.
        requests: what was loaded, the page itself first.
    """

    def __init__(self, browser: Browser, address: str, **context: object) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        viewport = {"width": 1300, "height": 900}
        self.page: Page = browser.new_page(**{"viewport": viewport, **context})  # type: ignore[arg-type]
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def close(self) -> None:
        self.page.close()


@contextmanager
def visit(browser: Browser, path: Path, **context: object) -> Iterator[Visit]:
    """A file in the browser; it asks for nothing else, and nothing goes wrong in it."""
    visited = Visit(browser, path.as_uri(), **context)
    try:
        yield visited
        shots = os.environ.get("ARCHDSL_SCREENSHOTS")
        if shots:
            visited.page.screenshot(path=Path(shots) / f"{path.stem}.png")
    finally:
        visited.close()
    assert visited.complaints == []
    assert visited.requests == [path.as_uri()]
