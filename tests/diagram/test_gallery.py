"""The gallery shows what is drawn, and in moderate size."""

import os
from pathlib import Path

import pytest

from archdsl import driver
from tests.diagram.gallery import GALLERY, PAGE, PICTURES, Picture, draw, page, write
from tests.diagram.nets import ROOT

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.arch"))


@pytest.fixture(scope="module", autouse=True)
def _written() -> None:
    if os.environ.get("ARCHDSL_GOLDEN") == "1":
        write()


def test_page() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make gallery writes it again"
    assert sorted(path.name for path in PICTURES.iterdir()) == sorted(
        f"{picture.name}.svg" for picture in GALLERY
    )


@pytest.mark.parametrize("picture", GALLERY, ids=lambda picture: picture.name)
def test_picture(picture: Picture, tmp_path: Path) -> None:
    shown = (PICTURES / f"{picture.name}.svg").read_text(encoding="utf-8")
    assert shown == draw(picture, tmp_path).read_text(encoding="utf-8"), "make gallery draws it"
    assert len(shown) < 100_000


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_have_the_figures_of_their_papers(path: Path) -> None:
    checked = driver.check(str(path))
    assert not checked.diagnostics
    assert len(checked.analyses) == 1


def test_the_pyramid_has_as_many_parameters_as_torchvisions() -> None:
    from torch import nn
    from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

    theirs = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=nn.BatchNorm2d)
    (ours,) = driver.check(str(ROOT / "docs" / "examples" / "fpn.arch")).analyses
    assert ours.params == sum(tensor.numel() for tensor in theirs.parameters())
