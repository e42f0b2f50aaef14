"""The live preview: what it serves and to whom, what it shows of changed files, how it ends."""

import http.client
import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from archdsl.cli.view import _look_again
from archdsl.preview import State
from tests.cli.commands import Commands, process
from tests.cli.nets import TINY
from tests.page.browser import NEEDS_CHROMIUM, PATIENCE, Visit, chromium
from tests.page.test_html import embedded

WAIT = 60
"""Seconds that anything may take on a loaded machine."""


class Running(NamedTuple):
    """A preview that runs.

    Attributes:
        net: the file that it shows.
        path: of the address, with the token.
    """

    process: subprocess.Popen[str]
    net: Path
    address: str
    port: int
    path: str

    def ask(self, path: str, host: str | None = None, method: str = "GET") -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        headers = {"Host": host or f"127.0.0.1:{self.port}"}
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        answer = Answer(reply.status, dict(reply.getheaders()), reply.read().decode())
        connection.close()
        return answer

    def state(self, after: int) -> dict[str, Any]:
        """What is shown once that is not a version any more."""
        for _ in range(WAIT):
            answer = self.ask(f"{self.path}state?after={after}")
            if answer.status != 204:
                found: dict[str, Any] = json.loads(answer.text)
                return found
        raise AssertionError("nothing changed")

    def write(self, text: str, name: str = "net.arch") -> None:
        """As editors do: a new file in place of the old one."""
        other = self.net.with_name("new")
        other.write_text(text, encoding="utf-8")
        other.replace(self.net.with_name(name))


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


@contextmanager
def running(folder: Path, text: str = TINY, *options: str) -> Iterator[Running]:
    net = folder / "net.arch"
    net.write_text(text, encoding="utf-8")
    started = process(
        *("view", "net.arch", "--no-open", *options),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert started.stdout
        address = started.stdout.readline().strip()
        assert started.stdout.readline() == "Ctrl-C ends it.\n"
        parts = urlsplit(address)
        assert parts.port, started.stderr and started.stderr.read()
        yield Running(started, net, address, parts.port, parts.path)
    finally:
        end(started)


def end(started: subprocess.Popen[str]) -> None:
    """As its user does; what does not end so is killed."""
    started.terminate()
    try:
        started.communicate(timeout=WAIT)
    finally:
        started.kill()


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as found:
        yield found


# --- to whom --------------------------------------------------------------------------------------


def test_the_page_and_nothing_else_is_served(preview: Running) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{20,}/", preview.address)
    answer = preview.ask(preview.path)
    assert answer.status == 200
    assert embedded(answer.text)["name"] == "Tiny"
    assert "connect-src 'self'" in answer.text
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    for path in ("net.arch", "..%2fnet.arch", "../net.arch", "state/x", "page.js"):
        assert preview.ask(preview.path + path).status in (403, 404), path
    assert preview.ask(preview.path, method="POST").status == 501


@pytest.mark.parametrize(
    "path", ["/", "", "/wrong/", "/wrong/state?after=0", "//", "/%C3%A9/", "*"]
)
def test_a_wrong_token_is_refused(preview: Running, path: str) -> None:
    answer = preview.ask(path)
    assert answer.status == 403
    assert "Tiny" not in answer.text
    assert preview.path not in answer.text


def test_another_host_is_refused(preview: Running) -> None:
    for host in ("evil.example", f"evil.example:{preview.port}", "127.0.0.1", "localhost"):
        assert preview.ask(preview.path, host=host).status == 403, host
        assert preview.ask(f"{preview.path}state?after=0", host=host).status == 403
    assert preview.ask(preview.path, host=f"localhost:{preview.port}").status == 200


def test_it_listens_on_the_loopback_address_alone(preview: Running) -> None:
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", preview.port), timeout=5)


# --- what is shown --------------------------------------------------------------------------------


def test_it_follows_the_file(preview: Running) -> None:
    assert preview.state(0)["network"]["name"] == "Tiny"
    preview.write(TINY.replace("network Tiny", "network Renamed"))
    state = preview.state(1)
    assert (state["network"]["name"], state["problem"]) == ("Renamed", "")
    assert state["version"] == 2


def test_errors_are_shown_in_place_of_nothing(preview: Running) -> None:
    preview.write(TINY.replace("flatten", "flaten"))
    state = preview.state(1)
    assert "net.arch:19:10: error E202" in state["problem"]
    assert "did you mean `flatten`?" in state["problem"]
    assert state["network"]["name"] == "Tiny"  # the last that was sound stays
    preview.write(TINY)
    assert preview.state(state["version"])["problem"] == ""


def test_a_file_that_goes_and_comes_back(preview: Running) -> None:
    preview.net.unlink()
    state = preview.state(1)
    assert state["problem"].startswith("net.arch cannot be read")
    preview.write(TINY)
    assert preview.state(state["version"])["problem"] == ""


def test_a_second_network_is_a_problem_while_it_is_there(preview: Running) -> None:
    preview.write(f"{TINY}\nnetwork Other = Tiny(classes=3)\n")
    state = preview.state(1)
    assert state["problem"].startswith("net.arch has 2 networks: name one of Tiny, Other")


def test_unmet_expectations_are_shown_with_the_network(preview: Running) -> None:
    body = TINY.rstrip().removesuffix("}")
    preview.write(
        f"{body}  conv_free = fc\n  expect depth == 99\n}}\n".replace("conv_free", "last")
    )
    state = preview.state(1)
    assert "error E601" in state["problem"]
    assert state["network"]["totals"] != []


def test_it_follows_what_is_imported(tmp_path: Path) -> None:
    (tmp_path / "blocks.arch").write_text("block Unit(width: int) { conv(width) -> relu }\n")
    net = (
        'from "blocks.arch" import Unit\n'
        "network Net {\n  input x: image[3, 8, 8]\n  Unit(8)\n  gap -> flatten\n  linear(2)\n}\n"
    )
    with running(tmp_path, net) as preview:
        assert preview.state(0)["network"]["name"] == "Net"
        preview.write("block Unit(width: int) { conv(width) -> gelu }\n", "blocks.arch")
        state = preview.state(1)
        assert any("gelu" in layer["op"] for layer in state["network"]["layers"])
        preview.write("block Unit(width: int) { conv( }\n", "blocks.arch")
        broken = preview.state(state["version"])
        assert "blocks.arch:1" in broken["problem"]
        preview.write("block Unit(width: int) { conv(width) -> silu }\n", "blocks.arch")
        assert preview.state(broken["version"])["problem"] == ""


def test_it_starts_with_errors(tmp_path: Path) -> None:
    with running(tmp_path, TINY.replace("flatten", "flaten")) as preview:
        page = embedded(preview.ask(preview.path).text)
        assert "error E202" in page["problem"]
        assert [node["kind"] for node in page["nodes"]] == ["network"]
        preview.write(TINY)
        assert preview.state(1)["network"]["name"] == "Tiny"


# --- the start and the end ------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(preview: Running, number: signal.Signals) -> None:
    waiting = socket.create_connection(("127.0.0.1", preview.port), timeout=WAIT)
    path = f"{preview.path}state?after=1"
    waiting.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{preview.port}\r\n\r\n".encode())
    preview.process.send_signal(number)
    out, err = preview.process.communicate(timeout=WAIT)
    assert (preview.process.returncode, out, err) == (0, "", "")
    waiting.close()


def test_a_port_that_is_taken(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = archdsl("view", "tiny.arch", "--no-open", "--port", str(port))
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"archdsl: view: port {port} cannot be used: Address already in use; "
        "without --port a free one is taken\n"
    )


def test_a_port_that_is_asked_for(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    with running(tmp_path, TINY, "--port", str(port)) as preview:
        assert preview.port == port
        assert preview.ask(preview.path).status == 200


def test_it_opens_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    (tmp_path / "net.arch").write_text(TINY, encoding="utf-8")
    started = process("view", "net.arch", cwd=tmp_path, stdout=subprocess.PIPE)
    try:
        assert started.stdout
        address = started.stdout.readline()
        for _ in range(20 * WAIT):
            if (tmp_path / "opened").exists() and (tmp_path / "opened").read_text():
                break
            sleep(0.05)
        assert (tmp_path / "opened").read_text() == address
    finally:
        end(started)


def test_our_own_bugs_are_shown_and_end_nothing() -> None:
    def fail() -> State:
        raise ValueError("no such thing")

    assert _look_again(partial(fail), ("net.arch",)) == State(
        None, "archdsl: internal error: ValueError: no such thing", ("net.arch",)
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("view tiny.arch --port 70000", "--port takes a number up to 65535, not 70000"),
        ("view tiny.arch --port x", "--port takes a positive number, not x"),
        ("view none.arch", "none.arch cannot be read"),
        ("view resnet.arch", "resnet.arch has 5 networks: name one of ResNet18"),
    ],
)
def test_wrong_usage(archdsl: Commands, words: str, said: str) -> None:
    archdsl.write("tiny.arch", TINY)
    result = archdsl(*words.split())
    assert result.code == 2
    assert result.err.startswith(f"archdsl: {said}")


# --- in the browser -------------------------------------------------------------------------------


@NEEDS_CHROMIUM
def test_the_page_changes_in_place(preview: Running) -> None:
    with chromium() as browser:
        visited = Visit(browser, preview.address)
        page = visited.page
        page.locator('#drawing [aria-label^="Unit ×3, stages.0-2"] > .toggle').click()
        page.locator('#drawing [aria-label^="Unit, stages.1"]').click()
        preview.write(TINY.replace("flatten", "flaten"))
        page.locator("#problem").wait_for(timeout=PATIENCE)
        assert "did you mean `flatten`?" in page.locator("#problem").inner_text()
        # The last network stays, with what was open and selected.
        assert page.locator("#details h2").inner_text() == "stages.1"
        preview.write(TINY.replace("linear(classes)", "linear(7)"))
        page.locator("#problem").wait_for(state="hidden", timeout=PATIENCE)
        assert page.locator("#details h2").inner_text() == "stages.1"
        assert page.locator('#drawing [aria-label^="Unit, stages.1"].selected').count() == 1
        assert visited.complaints == []
        assert all(request.startswith(preview.address) for request in visited.requests)
        preview.process.send_signal(signal.SIGINT)
        page.locator("#problem", has_text="no longer runs").wait_for(timeout=PATIENCE)
        visited.close()
