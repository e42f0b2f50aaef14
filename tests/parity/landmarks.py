"""The landmark networks, what each is compared with, and its figures.

Figures stand here once more, beside the `expect` lines of the specs, because a test of the compiler
must not rest on the compiler's own check.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from torch import nn
from torchvision import models

from tests.parity import references


class Landmark(NamedTuple):
    """A network of `specs/`.

    Attributes:
        reference: makes the module to compare with.
        shape: the input without batch, at which MACs are counted.
        pixels: a smaller side for comparing outputs, where the network takes any size.
    """

    spec: str
    network: str
    reference: Callable[[], nn.Module]
    params: int
    macs: int
    depth: int
    receptive_field: int
    shape: tuple[int, int, int] = (3, 224, 224)
    pixels: int | None = 64

    def __str__(self) -> str:
        return self.network if self.spec != "resnet_paper" else f"{self.network}_v1"


def googlenet(aux: bool) -> nn.Module:
    """torchvision's, without the warning about its initialisation."""
    return models.googlenet(aux_logits=aux, init_weights=False)


def _efficientnets() -> list[Landmark]:
    rows = [
        (5_288_548, 385_814_752, 82, 851, 224),
        (7_794_184, 686_802_832, 116, 1183, 240),
        (9_109_994, 1_087_529_456, 116, 1183, 288),
        (12_233_232, 1_827_141_392, 131, 1407, 300),
        (19_341_616, 4_393_771_024, 161, 1799, 380),
        (30_389_784, 10_266_384_752, 195, 2131, 456),
        (43_040_704, 19_067_593_536, 225, 2523, 528),
        (66_347_960, 37_745_884_192, 274, 3079, 600),
    ]
    return [
        Landmark(
            "efficientnet",
            f"EfficientNetB{i}",
            getattr(models, f"efficientnet_b{i}"),
            *figures,
            shape=(3, size, size),
        )
        for i, (*figures, size) in enumerate(rows)
    ]


def _vggs() -> list[Landmark]:
    rows = [
        (11, 132_863_336, 132_868_840, 7_609_090_048, 150),
        (13, 133_047_848, 133_053_736, 11_308_466_176, 156),
        (16, 138_357_544, 138_365_992, 15_470_264_320, 212),
        (19, 143_667_240, 143_678_248, 19_632_062_464, 268),
    ]
    return [
        Landmark("vgg", f"VGG{depth}{suffix}", getattr(models, factory), params, macs, depth, field)
        for depth, plain, normed, macs, field in rows
        for suffix, factory, params in (
            ("", f"vgg{depth}", plain),
            ("_BN", f"vgg{depth}_bn", normed),
        )
    ]


def _resnets() -> list[Landmark]:
    rows = [
        (18, 11_689_512, 1_814_073_344, 435),
        (34, 21_797_672, 3_663_761_408, 899),
        (50, 25_557_032, 4_089_184_256, 427),
        (101, 44_549_160, 7_801_405_440, 971),
        (152, 60_192_808, 11_513_626_624, 1451),
    ]
    return [
        Landmark(
            "resnet",
            f"ResNet{depth}",
            getattr(models, f"resnet{depth}"),
            params,
            macs,
            depth,
            field,
        )
        for depth, params, macs, field in rows
    ]


def _resnets_v1() -> list[Landmark]:
    rows = [
        (50, 25_557_032, 3_857_973_248, 483),
        (101, 44_549_160, 7_570_194_432, 1027),
        (152, 60_192_808, 11_282_415_616, 1507),
    ]
    return [
        Landmark(
            "resnet_paper",
            f"ResNet{depth}",
            partial(references.resnet_v1, f"resnet{depth}"),
            params,
            macs,
            depth,
            field,
        )
        for depth, params, macs, field in rows
    ]


def _mobilenets_v1() -> list[Landmark]:
    rows = [
        ("", 1.0, 4_231_976, 568_740_352),
        ("_075", 0.75, 2_585_560, 325_400_448),
        ("_050", 0.5, 1_331_592, 149_497_088),
        ("_025", 0.25, 470_072, 41_030_272),
    ]
    return [
        Landmark(
            "mobilenet_v1",
            f"MobileNetV1{suffix}",
            partial(references.MobileNetV1, alpha),
            params,
            macs,
            28,
            315,
        )
        for suffix, alpha, params, macs in rows
    ]


LANDMARKS = [
    Landmark(
        "lenet", "LeNet5", references.LeNet5, 61_706, 416_520, 5, 16, (1, 32, 32), pixels=None
    ),
    Landmark("alexnet", "AlexNet", models.alexnet, 61_100_840, 714_188_480, 8, 195, pixels=96),
    Landmark(
        "alexnet",
        "AlexNetPaper",
        references.AlexNetPaper,
        60_965_224,
        724_406_816,
        8,
        195,
        (3, 227, 227),
        pixels=None,
    ),
    *_vggs(),
    Landmark(
        "googlenet", "GoogLeNet", partial(googlenet, True), 13_004_888, 1_498_376_192, 22, 379
    ),
    Landmark(
        "googlenet", "GoogLeNetNoAux", partial(googlenet, False), 6_624_904, 1_498_376_192, 22, 379
    ),
    Landmark(
        "googlenet",
        "GoogLeNetPaper",
        partial(references.GoogLeNetPaper, True),
        13_378_280,
        1_582_671_872,
        22,
        715,
        pixels=None,
    ),
    Landmark(
        "googlenet",
        "GoogLeNetPaperNoAux",
        partial(references.GoogLeNetPaper, False),
        6_998_552,
        1_582_671_872,
        22,
        715,
        pixels=None,
    ),
    *_resnets(),
    *_resnets_v1(),
    *_mobilenets_v1(),
    Landmark("mobilenet_v2", "MobileNetV2", models.mobilenet_v2, 3_504_872, 300_774_272, 53, 491),
    *_efficientnets(),
]
