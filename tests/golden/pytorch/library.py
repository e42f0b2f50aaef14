"""Library, compiled by archdsl from ops.arch.

Parameters: 105,486; multiply-adds: 4,534,016 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class DropPath(nn.Module):
    """Stochastic depth: zeroes whole samples with probability p while training."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        keep = 1.0 - self.p
        mask = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        if keep > 0.0:
            mask.div_(keep)
        return x * mask

    def extra_repr(self) -> str:
        return f"p={self.p}"


class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels, at every position by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class ConvBNAct(nn.Sequential):
    def __init__(self, in_channels: int, act: nn.Module, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(
                in_channels, 16, kernel_size=3, stride=stride, padding=1, bias=False
            ),
            nn.BatchNorm2d(16),
            act,
        )


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate that sees the whole map (Hu et al., 2017).

    `squeeze` is the number of channels between the two layers of the gate.
    """

    def __init__(self, in_channels: int, squeeze: int, act: nn.Module) -> None:
        super().__init__()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(in_channels, squeeze, kernel_size=1)
        self.act = act
        self.fc2 = nn.Conv2d(squeeze, in_channels, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.gap(x)
        scale = self.act(self.fc1(scale))
        scale = self.sigmoid(self.fc2(scale))
        return scale * x


class InvertedResidual(nn.Module):
    """A depthwise convolution on `ratio` times the channels, between narrow ends
    (MobileNet v2, Sandler et al., 2018), with a squeeze-and-excite gate of `squeeze`
    channels where that is not 0.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        stride: int = 1,
        ratio: int = 6,
        squeeze: int = 0,
    ) -> None:
        super().__init__()
        hidden = ratio * in_channels
        self.residual = stride == 1 and channels == in_channels
        self.expand: nn.Module = nn.Identity()
        if ratio > 1:
            self.expand = nn.Sequential(
                nn.Conv2d(in_channels, hidden, kernel_size=1, bias=False),
                nn.BatchNorm2d(hidden),
                nn.ReLU6(inplace=True),
            )
        self.depthwise = nn.Sequential(
            nn.Conv2d(
                hidden,
                hidden,
                kernel_size=3,
                stride=stride,
                padding=1,
                groups=hidden,
                bias=False,
            ),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
        )
        self.gate: nn.Module = nn.Identity()
        if squeeze > 0:
            self.gate = SqueezeExcite(hidden, squeeze, act=nn.ReLU6(inplace=True))
        self.reduce = nn.Sequential(
            nn.Conv2d(hidden, channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self.expand(x)
        out = self.depthwise(out)
        out = self.gate(out)
        out = self.reduce(out)
        if self.residual:
            out = out + x
        return out


class ConvNeXt(nn.Module):
    """A 7x7 depthwise convolution, then two pointwise ones (Liu et al., 2022)."""

    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.depthwise1 = nn.Conv2d(24, 24, kernel_size=7, padding=3, groups=24)
        self.ln1 = LayerNorm2d(24, eps=1e-6)
        self.pointwise1 = nn.Conv2d(24, 96, kernel_size=1)
        self.gelu = nn.GELU()
        self.pointwise2 = nn.Conv2d(96, 24, kernel_size=1)
        self.scale1 = nn.Parameter(torch.full((24, 1, 1), 1e-6))
        self.droppath: nn.Module = nn.Identity()
        if drop > 0:
            self.droppath = DropPath(p=drop)

    def forward(self, x: Tensor) -> Tensor:
        out = self.ln1(self.depthwise1(x))
        out = self.gelu(self.pointwise1(out))
        out = self.pointwise2(out) * self.scale1
        return self.droppath(out) + x


class DenseLayer(nn.Module):
    """Appends `growth` channels to its input (DenseNet, Huang et al., 2016)."""

    def __init__(self, in_channels: int, drop: float = 0.0) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 8, kernel_size=3, padding=1, bias=False)
        self.dropout: nn.Module = nn.Identity()
        if drop > 0:
            self.dropout = nn.Dropout(p=drop)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(self.relu(self.bn1(x)))
        out = self.conv2(self.relu(self.bn2(out)))
        return torch.cat([x, self.dropout(out)], 1)


class DepthwiseSeparable(nn.Module):
    """A filter for each channel, then a 1x1 convolution (Howard et al., 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise = nn.Sequential(
            nn.Conv2d(40, 40, kernel_size=3, padding=1, groups=40, bias=False),
            nn.BatchNorm2d(40),
            nn.ReLU(inplace=True),
        )
        self.pointwise = nn.Sequential(
            nn.Conv2d(40, 32, kernel_size=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.depthwise(x)
        return self.pointwise(x)


class PreActivation(nn.Module):
    """A residual block that normalises before it convolves (He et al., 2016)."""

    def __init__(self, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(32)
        self.conv1 = nn.Conv2d(
            32, channels, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels != 32:
            self.shortcut = nn.Sequential(
                nn.Conv2d(32, channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(48),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(self.relu(self.bn1(x)))
        out = self.conv2(self.relu(self.bn2(out)))
        return out + self.shortcut(x)


class DoubleConv(nn.Module):
    """Two convolutions: a level of a U-Net (Ronneberger et al., 2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(48, 16, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(16, 16, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)))


class Library(nn.Module):
    """The blocks of the standard library."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_bn_act1 = ConvBNAct(3, act=nn.ReLU(inplace=True), stride=2)
        self.inverted_residual1 = InvertedResidual(16, 16, ratio=1)
        self.inverted_residual2 = InvertedResidual(16, 24, stride=2, squeeze=4)
        self.inverted_residual3 = InvertedResidual(24, 24, squeeze=6)
        self.conv_ne_xt1 = ConvNeXt()
        self.conv_ne_xt2 = ConvNeXt(drop=0.1)
        self.dense_layer1 = DenseLayer(24)
        self.dense_layer2 = DenseLayer(32, drop=0.1)
        self.depthwise_separable1 = DepthwiseSeparable()
        self.pre_activation1 = PreActivation(32)
        self.pre_activation2 = PreActivation(48, stride=2)
        self.squeeze_excite1 = SqueezeExcite(48, 8, act=nn.ReLU(inplace=True))
        self.double_conv1 = DoubleConv()
        self.conv_bn_act2 = ConvBNAct(16, act=nn.SiLU(inplace=True))
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear1 = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_bn_act1(x)  # [16, 16, 16]
        x = self.inverted_residual1(x)
        x = self.inverted_residual2(x)  # [24, 8, 8]
        x = self.inverted_residual3(x)
        x = self.conv_ne_xt1(x)
        x = self.conv_ne_xt2(x)
        x = self.dense_layer1(x)
        x = self.dense_layer2(x)
        x = self.depthwise_separable1(x)
        x = self.pre_activation1(x)
        x = self.pre_activation2(x)  # [48, 4, 4]
        x = self.squeeze_excite1(x)
        x = self.double_conv1(x)
        x = self.conv_bn_act2(x)
        x = torch.flatten(self.gap(x), 1)  # [16]
        return self.linear1(x)
