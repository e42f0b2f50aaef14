"""What a change of one layer changes in DOT and Mermaid: its own lines. Both can be kept under
version control, and a diff shows what happened.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from archdsl import driver
from archdsl.backends.diagram import LEVELS, Diagram, Look
from archdsl.backends.diagram.mermaid import identifier
from archdsl.diagnostics import has_errors
from tests.diagram.nets import ROOT


class Change(NamedTuple):
    """An edit of a source, and the paths of the layers that it is about."""

    file: str
    network: str
    old: str
    new: str
    paths: tuple[str, ...]


CHANGED = [
    Change(
        "specs/lenet.arch",
        "LeNet5",
        "conv(6, 5, pad=valid)",
        "conv(6, 5, pad=0, bias=false)",
        ("c1",),
    ),
    Change(
        "specs/vgg.arch",
        "VGG16",
        "dropout(drop)",
        "dropout(0.25)",
        ("classifier.0", "classifier.2", "classifier.3", "classifier.5"),
    ),
    Change("specs/resnet.arch", "ResNet18", "conv(64, 7, s", "conv(64, 5, s", ("conv1",)),
    Change(
        "specs/resnet.arch",
        "ResNet50",
        "= linear(classes)",
        "= linear(classes, bias=false)",
        ("fc",),
    ),
    Change(
        "specs/googlenet.arch",
        "GoogLeNet",
        "dropout(0.7)",
        "dropout(0.6)",
        ("aux1.dropout1", "aux2.dropout1"),
    ),
    Change(
        "specs/mobilenet_v2.arch",
        "MobileNetV2",
        "classifier = dropout(0.2)",
        "classifier = dropout(0.3)",
        ("classifier.0",),
    ),
    Change(
        "docs/examples/unet.arch",
        "UNet",
        "mask = conv(classes, 1)",
        "mask = conv(classes, 1, bias=false)",
        ("mask",),
    ),
    Change(
        "docs/examples/fpn.arch",
        "FPN",
        "body.layer2 -> conv(channels, 1)",
        "body.layer2 -> conv(channels, 1, bias=false)",
        ("lateral3",),
    ),
]

ADDED = [
    Change("specs/lenet.arch", "LeNet5", "fc = l", "extra = dropout(0.1)\n  fc = l", ()),
    Change(
        "specs/resnet.arch", "ResNet18", "gap -> flatten", "extra = conv(512)\n  gap -> flatten", ()
    ),
    Change(
        "specs/resnet.arch",
        "ResNet18",
        "-> relu -> maxpool",
        "-> relu\n  extra = conv(64)\n  maxpool",
        (),
    ),
    Change("docs/examples/unet.arch", "UNet", "mask = conv", "extra = relu\n  mask = conv", ()),
    Change(
        "docs/examples/fpn.arch",
        "FPN",
        "top = body.layer4 -> conv(channels, 1)",
        "extra = body.layer4 -> relu\n  top = conv(channels, 1)",
        (),
    ),
]


def drawn(change: Change, folder: Path, look: Look) -> tuple[Diagram, Diagram]:
    """The network of a source before and after a change."""
    text = (ROOT / change.file).read_text(encoding="utf-8")
    assert change.old in text
    found = []
    for version in (text, text.replace(change.old, change.new)):
        path = folder / "net.arch"
        # What is expected of its figures no longer holds.
        path.write_text(re.sub(r"\n  expect .*", "", version), encoding="utf-8")
        checked = driver.check(str(path))
        assert not has_errors(checked.diagnostics)
        found += [
            Diagram(one, look) for one in checked.analyses if one.graph.name == change.network
        ]
    before, after = found
    return before, after


def own(line: str, paths: tuple[str, ...]) -> bool:
    """Whether a line is about one of some paths, what holds it, or the network."""
    holders = {path[:end] for path in paths for end in range(1, len(path) + 1)}
    ids = {f'"{prefix}{path}"' for path in holders for prefix in ("", "cluster_")}
    ids |= {identifier(prefix + path) for path in holders for prefix in ("", "cluster_")}
    words = set(re.findall(r'^ *"[^"]*"(?= \[)|\bn_\w+', line))
    return bool(
        line.startswith(("  graph [rankdir", "  accTitle"))
        or {word.strip() for word in words} & ids
        # The frame's own line follows the one with its name.
        or re.match(r" +graph \[label=", line)
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("change", CHANGED, ids=lambda change: f"{change.network}-{change.new}")
def test_a_changed_layer_changes_its_own_lines(change: Change, level: str, tmp_path: Path) -> None:
    before, after = drawn(change, tmp_path, Look(level, show=("params",)))
    for old, new in ((before.dot, after.dot), (before.mermaid, after.mermaid)):
        lines = zip(old.split("\n"), new.split("\n"), strict=True)
        changed = [other for one, other in lines if one != other]
        depth = max(path.count(".") for path in change.paths)
        assert len(changed) <= 1 + len(change.paths) * (1 + depth)
        assert [line for line in changed if not own(line, change.paths)] == []


@pytest.mark.parametrize("change", ADDED, ids=lambda change: change.network)
def test_an_added_layer_adds_lines(change: Change, tmp_path: Path) -> None:
    before, after = drawn(change, tmp_path, Look("layer"))
    for old, new in ((before.dot, after.dot), (before.mermaid, after.mermaid)):
        lines = new.split("\n")
        lost = [line for line in old.split("\n") if line not in lines]
        # The title, and the connection that the new layer stands in: three lines with a shape.
        assert len(lost) <= 4, lost
        assert all(
            line.startswith(("  graph [rankdir", "  accTitle", '  "shape:'))
            or "->" in line
            or "==>" in line
            for line in lost
        ), lost


def test_pictures_have_the_same_bytes() -> None:
    path = str(ROOT / "docs" / "examples" / "unet.arch")
    first, second = (Diagram(driver.check(path).analyses[0], Look()) for _ in range(2))
    assert (first.dot, first.mermaid) == (second.dot, second.mermaid)
    assert first.svg() == second.svg()
