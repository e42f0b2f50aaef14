"""Networks that do not ship, what each is compared with, and its parameters."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from torch import nn
from torchvision import models

from tests.parity.others import references

segmentation, video = models.segmentation, models.video


class Other(NamedTuple):
    """A network of the files beside this one.

    Attributes:
        reference: makes the module to compare with.
        shape: the input without batch, as small as the network takes it.
        arguments: for a network that is written for inputs of one size.
        onnx: whether its ONNX model is compared as well, which takes seconds.
        lazy: whether the reference can be made without memory for its weights.
    """

    spec: str
    network: str
    reference: Callable[[], nn.Module]
    params: int
    shape: tuple[int, ...] = (3, 64, 64)
    arguments: Mapping[str, int] = {}
    onnx: bool = False
    lazy: bool = True

    def __str__(self) -> str:
        return self.network


OTHERS = [
    Other("densenet", "DenseNet121", models.densenet121, 7_978_856),
    Other("densenet", "DenseNet161", models.densenet161, 28_681_000),
    Other("squeezenet", "SqueezeNet1_0", models.squeezenet1_0, 1_248_424),
    Other("squeezenet", "SqueezeNet1_1", models.squeezenet1_1, 1_235_496, onnx=True),
    # The only size at which the auxiliary head's last convolution has one position.
    Other(
        "inception",
        "InceptionV3",
        partial(models.inception_v3, init_weights=False),
        27_161_264,
        (3, 299, 299),
    ),
    Other("shufflenet", "ShuffleNetV2_x1_0", models.shufflenet_v2_x1_0, 2_278_604, onnx=True),
    Other("shufflenet", "ShuffleNetV2_x0_5", models.shufflenet_v2_x0_5, 1_366_792),
    Other("mobilenet_v3", "MobileNetV3Large", models.mobilenet_v3_large, 5_483_032),
    Other("mobilenet_v3", "MobileNetV3Small", models.mobilenet_v3_small, 2_542_856),
    Other("mnasnet", "MNASNet1_0", models.mnasnet1_0, 4_383_312),
    Other("resnext", "ResNeXt50_32x4d", models.resnext50_32x4d, 25_028_904),
    Other("resnext", "WideResNet50_2", models.wide_resnet50_2, 68_883_240),
    Other("regnet", "RegNetX_400MF", models.regnet_x_400mf, 5_495_976, lazy=False),
    Other("regnet", "RegNetY_400MF", models.regnet_y_400mf, 4_344_144, lazy=False),
    Other("convnext", "ConvNeXtTiny", references.convnext_tiny, 28_589_128),
    Other("efficientnet_v2", "EfficientNetV2S", models.efficientnet_v2_s, 21_458_488),
    Other(
        "segmentation",
        "FCN",
        partial(segmentation.fcn_resnet50, weights_backbone=None, aux_loss=True),
        35_322_218,
        arguments={"size": 64},
    ),
    Other(
        "segmentation",
        "DeepLabV3",
        partial(segmentation.deeplabv3_resnet50, weights_backbone=None, aux_loss=True),
        42_004_074,
        arguments={"size": 64},
    ),
    Other(
        "segmentation",
        "LRASPP",
        partial(segmentation.lraspp_mobilenet_v3_large, weights_backbone=None),
        3_221_538,
        onnx=True,
    ),
    Other("unet", "UNet", references.UNet, 1_942_594, onnx=True),
    Other("fpn", "ResNet50FPN", references.ResNet50FPN, 26_852_416),
    Other("video_resnet", "R3D18", video.r3d_18, 33_371_472, (3, 4, 32, 32)),
    Other("video_resnet", "MC3_18", video.mc3_18, 11_695_440, (3, 4, 32, 32)),
    Other("video_resnet", "R2Plus1D18", video.r2plus1d_18, 31_505_325, (3, 4, 32, 32)),
]
