"""Requests to `archdsl view` that no page of ours makes: none is given anything, or ends it."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archdsl.preview import MOST_CONNECTIONS
from tests.page.test_view import Running, running


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all of them: it has to outlive each."""
    with running(tmp_path_factory.mktemp("preview")) as found:
        yield found
        assert found.ask(found.path).status == 200
        assert found.process.poll() is None


def answer(preview: Running, sent: bytes, wait: float = 30) -> bytes:
    """All that comes back until the other side ends, or has said enough."""
    with socket.create_connection(("127.0.0.1", preview.port), timeout=wait) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except OSError:
            return b""  # closed with something left unread


HOST = "Host: 127.0.0.1:PORT\r\n"

REFUSED: dict[str, tuple[str, str]] = {
    "nothing": ("", ""),
    "a line feed": ("\r\n\r\n", ""),
    "no version": ("GET TOKEN/", "403"),
    "no version and no host": ("GET TOKEN/\r\n\r\n", "403"),
    "no host": ("GET TOKEN/ HTTP/1.1\r\n\r\n", "403"),
    "an empty host": ("GET TOKEN/ HTTP/1.1\r\nHost:\r\n\r\n", "403"),
    "the host of a page": ("GET TOKEN/ HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n", "403"),
    "a host that ends as ours": (
        "GET TOKEN/ HTTP/1.1\r\nHost: x.localhost:PORT\r\n\r\n",
        "403",
    ),
    "two hosts": (
        "GET TOKEN/ HTTP/1.1\r\nHost: evil.example\r\n" + HOST + "\r\n",
        "403",
    ),
    "our host second": ("GET TOKEN/ HTTP/1.1\r\n" + HOST + "Host: evil.example\r\n\r\n", "403"),
    "another port": ("GET TOKEN/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", "403"),
    "a part of the token": ("GET TOKE/ HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    "the token in capitals": ("GET UPPER/ HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    "more than the token": ("GET TOKENx/ HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    "the token as a parameter": ("GET /?TOKEN/ HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    "the token behind another": ("GET /xTOKEN/ HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    "letters that are no ASCII": ("GET /\xe9\xff/ HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    "no path": ("GET http://[ HTTP/1.1\r\n" + HOST + "\r\n", ""),
    "a file": ("GET TOKEN/net.arch HTTP/1.1\r\n" + HOST + "\r\n", "404"),
    "a way out": ("GET TOKEN/../../etc/passwd HTTP/1.1\r\n" + HOST + "\r\n", "404"),
    "an encoded way out": (
        "GET TOKEN/%2e%2e%2fnet.arch HTTP/1.1\r\n" + HOST + "\r\n",
        "404",
    ),
    "a way to a file": ("GET TOKEN//etc/passwd HTTP/1.1\r\n" + HOST + "\r\n", "404"),
    "a NUL": ("GET TOKEN/\0 HTTP/1.1\r\n" + HOST + "\r\n", "404"),
    "a file of a page": ("GET file:///etc/passwd HTTP/1.1\r\n" + HOST + "\r\n", "403"),
    **{
        method: (f"{method} TOKEN/ HTTP/1.1\r\n" + HOST + "\r\n", "501")
        for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT")
    },
    "a method of a page": ("<script>x</script> TOKEN/ HTTP/1.1\r\n" + HOST + "\r\n", "501"),
    "a method of our own": ("_state TOKEN/ HTTP/1.1\r\n" + HOST + "\r\n", "501"),
    "another version": ("GET TOKEN/ HTTP/2.0\r\n" + HOST + "\r\n", "505"),
    "no number": ("GET TOKEN/ HTTP/x\r\n" + HOST + "\r\n", "400"),
    "many words": ("GET TOKEN/ a b HTTP/1.1\r\n" + HOST + "\r\n", "400"),
    "a long line": ("GET TOKEN/" + "a" * 100_000 + " HTTP/1.1\r\n" + HOST + "\r\n", "414"),
    "a long header": (
        "GET TOKEN/ HTTP/1.1\r\nX: " + "a" * 100_000 + "\r\n" + HOST + "\r\n",
        "431",
    ),
    "many headers": ("GET TOKEN/ HTTP/1.1\r\n" + "X: a\r\n" * 5_000 + HOST + "\r\n", "431"),
    "a line without an end": ("GET " + "a" * 10_000_000, "414"),
    "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\x00" * 300, "400"),
}
"""What is sent, and with which status it may be answered, if it is."""


@pytest.mark.parametrize("name", REFUSED)
def test_requests_that_are_refused(preview: Running, name: str) -> None:
    sent, status = REFUSED[name]
    token = preview.path.rstrip("/")
    for word, value in (
        ("TOKEN", token),
        ("TOKE", token[:-1]),
        ("UPPER", token.swapcase()),
        ("PORT", str(preview.port)),
    ):
        sent = sent.replace(word, value)
    found = answer(preview, sent.encode("latin-1"))
    assert found == b"" or found.split()[1] == status.encode(), found[:300]
    for unwanted in (b"Tiny", token.encode(), b"root:", b"<"):
        assert unwanted not in found
    assert preview.ask(preview.path).status == 200


@pytest.mark.parametrize("after", ["x", "-1", "9" * 5_000, "%D9%A1", "2&after=1", "", "1e9", "%00"])
def test_versions_that_are_none(preview: Running, after: str) -> None:
    assert preview.ask(f"{preview.path}state?after={after}").status in (200, 204)


def test_connections_that_are_left_open(preview: Running) -> None:
    """As many as may be are served, and more are closed; once they are gone all is as before."""
    opened = [
        socket.create_connection(("127.0.0.1", preview.port), timeout=30)
        for _ in range(MOST_CONNECTIONS + 30)
    ]
    for number, connection in enumerate(opened):
        with contextlib.suppress(OSError):
            connection.sendall(b"" if number % 2 else b"GET / HTTP/1.1\r\nX: ")
    status = Path(f"/proc/{preview.process.pid}/status").read_text()
    assert int(status.split("Threads:")[1].split()[0]) <= MOST_CONNECTIONS + 3
    for connection in opened:
        connection.close()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            assert preview.ask(preview.path).status == 200
            return
    raise AssertionError("nothing is served any more")
