"""`archdsl view`: a network in the browser, drawn anew whenever its file is saved."""

import gc
import os
import signal
import sys
import webbrowser
from functools import partial
from threading import Event

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.backends.diagram import LEVELS, DiagramError
from archdsl.backends.diagram.page import page_data
from archdsl.cli.arguments import (
    SPEC,
    VALUES,
    Arguments,
    Command,
    CommandError,
    Option,
    pairs,
    positive,
    sizes,
)
from archdsl.cli.findings import findings
from archdsl.cli.reporting import report
from archdsl.cli.specs import Outcome, sole
from archdsl.diagnostics import render
from archdsl.preview import HOST, PortTaken, Preview, Server, State, follow

MOST = 65535
"""The last port that there is."""

UNMET = "E601"
"""An expectation that does not hold: the network itself is sound, and shown."""

COMMAND = Command(
    "view",
    "SPEC [--port PORT] [--no-open] [--level LEVEL] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Show the one network of SPEC in the browser, as the page that `archdsl diagram -o net.html`\n"
    "writes, and follow the file and what it imports: each time they are saved the page shows the\n"
    "network as it is then, or what is wrong with it. Ctrl-C ends it.\n"
    f"It serves {HOST} only, and only who knows the address: it has a random part.",
    (SPEC,),
    (
        Option(("--port",), "PORT", "the port (default: one that is free)"),
        Option(("--no-open",), "", "open no browser; the address is printed"),
        Option(("--level",), "LEVEL", "what is open at first: stage, block or layer", LEVELS),
        *VALUES,
    ),
    "  archdsl view net.arch\n"
    "  archdsl view resnet.arch:ResNet50 --set classes=10 --port 8000 --no-open",
)


def run(arguments: Arguments) -> int:
    (spec,) = arguments.all("SPEC")
    port = _port(arguments)
    look = partial(_look, spec, arguments)
    state = look()
    try:
        server = Server(Preview(state), port)
    except PortTaken as error:
        raise CommandError(f"view: {error}; without --port a free one is taken") from error
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    gc.enable()  # this one runs for long
    print(f"{server.address}\nCtrl-C ends it.", flush=True)
    if not arguments.has("--no-open") and _has_browser():
        webbrowser.open(server.address)
    follow(server, state, partial(_look_again, look, state.files), stop)
    return 0


def _port(arguments: Arguments) -> int:
    given = arguments.one("--port")
    if given is None:
        return 0
    port = positive(given, "--port")
    if port > MOST:
        raise CommandError(f"--port takes a number up to {MOST}, not {given}")
    return port


def _look(spec: str, arguments: Arguments) -> State:
    """The network as its files are now, or what is wrong with them.

    Raises:
        CommandError: the file cannot be read, it is not clear which network is meant, or that is
            larger than a page.
    """
    values, given = pairs(arguments.all("--set"), "--set"), sizes(arguments.all("--input"))
    try:
        found = driver.check(spec, values, given)
    except driver.UsageError as error:
        raise CommandError(str(error)) from error
    path, _ = driver.split_spec(spec)
    files = (path, *found.imported)
    report(found.diagnostics, spec)
    errors = [one for one in found.diagnostics if one.severity == "error"]
    problem = "\n\n".join(map(render, errors))
    if any(one.code != UNMET for one in errors):
        return State(None, problem, files)
    analysis = Analysis(sole(Outcome(found.analyses, True, found.plans), spec))
    plan = None if found.analyses else found.plans[0]
    level = arguments.one("--level") or "block"
    try:
        data = page_data(analysis, level, (), findings(analysis, spec), plan)
    except DiagramError as error:
        raise CommandError(str(error)) from error
    return State(data, problem, files)


def _look_again(look: "partial[State]", files: tuple[str, ...]) -> State:
    """The same while the page is shown: whatever is wrong is said there."""
    try:
        return look()
    except CommandError as error:
        return State(None, str(error), files)
    except Exception as error:
        return State(None, f"archdsl: internal error: {type(error).__name__}: {error}", files)


def _has_browser() -> bool:
    """Whether there is a screen to show one on; a browser in the terminal would be in the way."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in screens)
