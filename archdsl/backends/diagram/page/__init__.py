"""The interactive page of a network: one HTML file that needs nothing else, and asks for nothing.

`outline.py` says what opens and closes, `wires.py` how that is connected, `facts.py` and `data.py`
what is known of it. The page has that as JSON and draws it itself (`layout.js`, `draw.js`), since
each part that opens changes where all others stand. Its policy lets nothing run but the one script
that is written here: names can be no more than text.
"""

import base64
import hashlib
import html
import json
import os.path
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from archdsl.backends.diagram.page.data import page_data
from archdsl.backends.diagram.style import THEMES, Theme

__all__ = ["live_page", "page_data", "page_html"]

SCRIPTS = ("model.js", "layout.js", "draw.js", "panel.js", "search.js", "main.js")
"""In the order in which they are one script."""


NOTHING: Mapping[str, Any] = {
    "name": "archdsl",
    "level": "block",
    "inputs": "",
    "params": 0,
    "macs": 0,
    **{name: [] for name in ("show", "totals", "map", "kinds", "shapes", "lines", "layers")},
    "findings": [],
    "nodes": [{"kind": "network", "head": ""}],
}
"""The data of a page without a network."""


def page_html(data: Mapping[str, Any]) -> str:
    """The page as the text of an HTML file, the same for the same data, which is of `page_data`."""
    return _html(data, SCRIPTS, "'none'")


def live_page(state: Mapping[str, Any]) -> str:
    """The page of a live preview, which asks the address `state` beside its own for what is new.

    Args:
        state: `network` (data of a page, or None), `problem` (a text) and `version`.
    """
    network = NOTHING if state["network"] is None else state["network"]
    data = {**network, "problem": state["problem"], "version": state["version"]}
    return _html(data, (*SCRIPTS, "live.js"), "'self'")


def _html(data: Mapping[str, Any], scripts: Sequence[str], connect: str) -> str:
    """A page that may connect to what its policy calls `connect`."""
    style = f"\n{_colours()}\n{_read('page.css')}"
    code = "\n".join(map(_read, scripts))
    script = f'\n"use strict";\n{{\n{code}}}\n'
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(_printable(str(data["name"]))),
        "style": style,
        "data": json_in_html(data),
        "script": script,
    }
    return re.sub(
        r"\{(policy|title|style|data|script)\}",
        lambda found: parts[found[1]],
        _read("page.html"),
    )


def json_in_html(data: object) -> str:
    """JSON that means the same within a script element, and cannot end it: all but ASCII, and the
    signs of markup, are escapes.
    """
    text = json.dumps(data, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@cache
def _read(name: str) -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, encoding="utf-8", newline="\n") as file:
        return file.read()


def _digest(text: str) -> str:
    """How a policy names the one script or style with this text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _printable(text: str) -> str:
    """Without the characters that HTML replaces or forbids."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _colours() -> str:
    """The themes of diagrams as variables of CSS, and the kinds of nodes with their colours."""
    kinds = THEMES["light"].kinds
    rules = [
        _variables(":root", THEMES["light"]),
        _variables(':root[data-theme="dark"]', THEMES["dark"]),
        *(
            f".kind-{kind} > .shape {{ fill: var(--{kind}-fill); stroke: var(--{kind}-line) }}\n"
            f"#drawing .kind-{kind} > text, #drawing .kind-{kind} > text > .head "
            f"{{ fill: var(--{kind}-text) }}"
            for kind in kinds
        ),
    ]
    return "\n".join(rules)


def _variables(selector: str, theme: Theme) -> str:
    colours = {
        **{name: getattr(theme, name) for name in ("paper", "ink", "faint", "skip")},
        **{f"frame{depth}": colour for depth, colour in enumerate(theme.frames)},
        **{
            f"{kind}-{use}": getattr(paint, use)
            for kind, paint in theme.kinds.items()
            for use in ("fill", "line", "text")
        },
    }
    return f"{selector} {{ {'; '.join(f'--{name}: {colours[name]}' for name in colours)} }}"
