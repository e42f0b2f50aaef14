"""The live preview: a server on the loopback address that shows one network and follows its files.

Other programs of this machine, and pages in the reader's own browser, can reach that address too.
So the address that is printed has a random token in it, and a request without it, or one for
another host (a page whose name leads here: DNS rebinding), is refused. Nothing but the page and its
state is served; no path of a request ever becomes that of a file.
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import BoundedSemaphore, Condition, Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archdsl.backends.diagram.page import live_page
from archdsl.records import NamedTuple

HOST = "127.0.0.1"

PATIENCE = 20.0
"""Seconds after which a question for news is answered without any."""

MOST_CONNECTIONS = 100
"""At once: a browser takes one or two for each tab; more are closed as they come."""

EVERY = 0.25
"""Seconds between two looks at the files."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",  # the page itself says the rest
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class State(NamedTuple):
    """What is to be shown.

    Attributes:
        network: the data of a page; None where there is no network, and the last one stays.
        problem: diagnostics as text, or "".
        files: what it was made from.
    """

    network: Mapping[str, Any] | None
    problem: str
    files: tuple[str, ...]


class Preview:
    """What is shown now, for the threads that answer requests."""

    def __init__(self, state: State) -> None:
        self._changed = Condition()
        self._version = 1
        self._network = state.network
        self._problem = state.problem

    def show(self, state: State) -> None:
        """Show something else from now on."""
        with self._changed:
            self._version += 1
            self._network = self._network if state.network is None else state.network
            self._problem = state.problem
            self._changed.notify_all()

    def now(self) -> dict[str, Any]:
        """What is shown."""
        with self._changed:
            return {
                "version": self._version,
                "network": self._network,
                "problem": self._problem,
            }

    def after(self, version: int) -> dict[str, Any] | None:
        """What is shown as soon as that is not this version any more; None if it stays for long."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._version != version, PATIENCE):
                return None
        return self.now()


class PortTaken(Exception):
    """Another program listens at the port."""


class Server(ThreadingHTTPServer):
    """Serves a preview."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, preview: Preview, port: int) -> None:
        """`port` 0 takes a free one.

        Raises:
            PortTaken: it is in use.
        """
        self.preview = preview
        self.token = secrets.token_urlsafe(16)
        self._free = BoundedSemaphore(MOST_CONNECTIONS)
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise PortTaken(f"port {port} cannot be used: {error.strerror}") from error
        self.hosts = {f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"}

    def server_bind(self) -> None:
        """As the class above does it, but without asking a name server what we are called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, unless there are as many as may be."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """What such a thread does."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a browser that has gone away is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "archdsl"
    sys_version = ""
    protocol_version = default_request_version = "HTTP/1.1"
    timeout = 60
    """Seconds after which a connection without a request is closed."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, token, name = (*parts.path.split("/", 2), "", "")[:3]
        known = secrets.compare_digest(token.encode(), self.server.token.encode())
        hosts = self.headers.get_all("Host", ())
        if not known or len(hosts) != 1 or hosts[0] not in self.server.hosts:
            self._reply(HTTPStatus.FORBIDDEN, "text/plain", "The address needs its token.\n")
        elif name == "":
            page = live_page(self.server.preview.now())
            self._reply(HTTPStatus.OK, "text/html", page)
        elif name == "state":
            self._state(parts.query)
        else:
            self._reply(HTTPStatus.NOT_FOUND, "text/plain", "There is nothing here.\n")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request for a page, without repeating any of it."""
        self.close_connection = True
        self._reply(HTTPStatus(code), "text/plain", "That is not how the page is asked for.\n")

    def _state(self, query: str) -> None:
        after = parse_qs(query).get("after", [""])[0]
        version = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
        state = self.server.preview.after(version)
        if state is None:
            self._reply(HTTPStatus.NO_CONTENT, "application/json", "")
        else:
            self._reply(HTTPStatus.OK, "application/json", json.dumps(state))

    def _reply(self, status: HTTPStatus, kind: str, text: str) -> None:
        content = text.encode("utf-8")
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal is for the one who edits."""


def follow(server: Server, first: State, look: Callable[[], State], stop: Event) -> None:
    """Serve until `stop` is set, and look anew whenever a file has changed."""
    Thread(target=server.serve_forever, daemon=True).start()
    state = first
    known = None  # the files may have changed since the first look
    while not stop.wait(EVERY):
        stamps = _stamps(state.files)
        if stamps == known:
            continue
        found = look()
        # Of files that are new here nobody knows yet whether they have changed since.
        known = stamps if found.files == state.files else None
        if found != state:
            server.preview.show(found)
        state = found
    server.shutdown()
    server.server_close()


def _stamps(files: tuple[str, ...]) -> list[tuple[int, int, int] | None]:
    """What changes when a file is written or replaced."""
    found: list[tuple[int, int, int] | None] = []
    for path in files:
        try:
            status = os.stat(path)
        except OSError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return found
