"""Mermaid as its own parser reads it: everything that is drawn, and nothing that a name adds.

The parser is JavaScript; `make test` gets it where there is npm. Elsewhere these tests are skipped,
and those of `test_writing.py` hold the text to a grammar of its own.
"""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archdsl.backends.diagram import DIRECTIONS, LEVELS, THEMES
from archdsl.backends.diagram.drawing import drawing
from archdsl.backends.diagram.mermaid import (
    MOST_EDGES,
    MOST_LETTERS,
    identifier,
    mermaid_text,
)
from archdsl.backends.diagram.records import Cluster, Drawing, Member
from tests.diagram.hostile import HOSTILE, example
from tests.diagram.nets import FILES, analyses

FOLDER = Path(__file__).parent / "mermaid"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules" / "mermaid").exists(),
    reason="needs node, and what npm ci installs in tests/diagram/mermaid",
)


def parsed(*texts: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", str(FOLDER / "parse.mjs")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=600,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(found) == len(texts)
    return found


def frames_of(members: tuple[Member, ...]) -> list[str]:
    found = []
    for member in members:
        if isinstance(member, Cluster):
            found += [*frames_of(member.members), identifier(member.id)]
    return found


def assert_same(drawn: Drawing, read: dict[str, Any]) -> None:
    assert "error" not in read, read["error"]
    assert sorted(node["id"] for node in read["nodes"]) == sorted(
        identifier(node.id) for node in drawn.nodes()
    )
    kinds = {identifier(node.id): node for node in drawn.nodes()}
    for node in read["nodes"]:
        own = kinds[node["id"]]
        marks = [mark for mark in ("training", "frozen") if getattr(own, mark)]
        assert node["classes"] == [own.kind, *marks]
        assert node["link"] is None
    edges = sorted(drawn.edges, key=lambda edge: not edge.skip)
    assert [(edge["source"], edge["target"]) for edge in read["edges"]] == [
        (identifier(edge.source), identifier(edge.target)) for edge in edges
    ]
    for edge, found in zip(edges, read["edges"], strict=True):
        assert bool(found["style"]) == edge.skip
        assert bool(found["text"]) == bool(edge.label)
    assert sorted(frame["id"] for frame in read["frames"]) == sorted(frames_of(drawn.members))


@cache
def drawings() -> dict[str, tuple[Drawing, str]]:
    """Every network in every way that Mermaid draws it."""
    found = {}
    for path in FILES:
        for analysis in analyses(path):
            for level in LEVELS:
                for direction in DIRECTIONS:
                    drawn = drawing(analysis, level, ("params", "macs", "field"), direction)
                    text = mermaid_text(drawn, THEMES["light"], direction)
                    if len(drawn.edges) <= MOST_EDGES and len(text) <= MOST_LETTERS:
                        found[f"{path.name}:{drawn.name} {level} {direction}"] = (drawn, text)
    return found


def test_mermaid_reads_what_is_drawn() -> None:
    read = parsed(*(text for _, text in drawings().values()))
    assert len(read) > 300
    for (drawn, _), found in zip(drawings().values(), read, strict=True):
        assert_same(drawn, found)


def test_names_add_nothing_to_what_mermaid_reads() -> None:
    theme = THEMES["light"]
    harmless, *hostile = parsed(
        *(mermaid_text(example(text), theme, "TB") for text in ("harmless", *HOSTILE))
    )
    for text, found in zip(HOSTILE, hostile, strict=True):
        assert_same(example(text), found)
        shapes = [[node["shape"] for node in one["nodes"]] for one in (harmless, found)]
        assert shapes[0] == shapes[1]
        strokes = [[edge["stroke"] for edge in one["edges"]] for one in (harmless, found)]
        assert strokes[0] == strokes[1]
        # Only tags of ours are left in what Mermaid shows as HTML.
        shown = [node["text"] for node in found["nodes"]]
        tags = [one["text"].count("<") for one in harmless["nodes"]]
        assert [one.count("<") for one in shown] == tags
