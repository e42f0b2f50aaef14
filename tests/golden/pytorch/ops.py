"""Ops, compiled by archdsl from ops.arch.

Parameters: 2,853; multiply-adds: 268,590 for an input of [3, 17, 17].
Shapes in comments are for that input and leave out the batch.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ChannelShuffle(nn.Module):
    """Mixes channels: the first of every group, then the second ones, and so on."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        grouped = x.reshape(x.shape[0], self.groups, -1, *x.shape[2:])
        return grouped.transpose(1, 2).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class ChannelLinear(nn.Linear):
    """A linear layer over the channels, at every position of a map."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class SelfAttention(nn.Module):
    """Self-attention over positions, with the keys of nn.MultiheadAttention."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * channels, channels))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * channels))
        self.out_proj = nn.Linear(channels, channels)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        batch, length, _ = tokens.shape
        projected = F.linear(tokens, self.in_proj_weight, self.in_proj_bias)
        query, key, value = (
            part.reshape(batch, length, self.heads, -1).transpose(1, 2)
            for part in projected.chunk(3, dim=2)
        )
        attended = F.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return mixed.transpose(1, 2).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"heads={self.heads}"


class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels, at every position by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class PaddedConv2d(nn.Conv2d):
    """A convolution whose padding differs from side to side; pads as in F.pad."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        pads: tuple[int, int, int, int],
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        self.pads = pads
        self.pad_mode = "constant" if padding_mode == "zeros" else padding_mode

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.pads, mode=self.pad_mode))


class PaddedAvgPool2d(nn.AvgPool2d):
    """Average pooling whose padding differs from side to side; pads as in F.pad."""

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int],
        pads: tuple[int, int, int, int],
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride=stride)
        self.pads = pads
        self.counts_pad = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        mean = super().forward(F.pad(x, self.pads))
        if self.counts_pad:
            return mean
        ones = torch.ones_like(x[:1, :1])
        return mean / super().forward(F.pad(ones, self.pads))


class Levels(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(12, 4, kernel_size=3, padding=1))
        self.register_parameter("1", nn.Parameter(torch.ones(4, 1, 1)))
        self.relu6 = nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu6(self.get_submodule("0")(x) * self.get_parameter("1"))


class Ops(nn.Module):
    """Every kind of PyTorch form."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = PaddedConv2d(3, 8, kernel_size=4, stride=2, pads=(1, 2, 1, 2))
        self.conv2 = PaddedConv2d(
            8, 8, kernel_size=3, pads=(1, 0, 0, 1), padding_mode="reflect"
        )
        self.gn1 = nn.GroupNorm(4, 8)
        self.prelu1 = nn.PReLU(num_parameters=8)
        self.conv3 = nn.Conv2d(
            8, 8, kernel_size=(3, 1), padding=(2, 0), dilation=(2, 1)
        )
        self.instance_norm = nn.InstanceNorm2d(8)
        self.elu = nn.ELU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.ln1 = LayerNorm2d(8, eps=1e-6)
        self.gelu = nn.GELU()
        self.avgpool = PaddedAvgPool2d(kernel_size=2, stride=1, pads=(0, 1, 0, 1))
        self.lrn = nn.LocalResponseNorm(5)
        self.leaky_relu = nn.LeakyReLU(inplace=True)
        self.conv_transpose1 = nn.ConvTranspose2d(
            8, 8, kernel_size=3, stride=2, padding=1, output_padding=1
        )
        self.selu = nn.SELU(inplace=True)
        self.channel_shuffle = ChannelShuffle(2)
        self.dropout2d = nn.Dropout2d(p=0.2)
        self.softplus = nn.Softplus()
        self.attention1 = SelfAttention(8, heads=2)
        self.linear1 = ChannelLinear(8, 16)
        self.mish = nn.Mish(inplace=True)
        self.pixel_shuffle = nn.PixelShuffle(2)
        self.pixel_unshuffle = nn.PixelUnshuffle(2)
        self.softmax = nn.Softmax(dim=1)
        self.upsample = nn.Upsample(size=(9, 12), mode="bilinear")
        self.scale1 = nn.Parameter(torch.full((12, 1, 1), 0.5))
        self.levels = Levels()
        self.separable1 = nn.Sequential(
            OrderedDict(
                depthwise=nn.Conv2d(8, 8, kernel_size=3, padding=1, groups=8),
                pointwise=nn.Conv2d(8, 6, kernel_size=1),
            )
        )
        self.gmp = nn.AdaptiveMaxPool2d(1)
        self.hardswish = nn.Hardswish()
        self.linear2 = nn.Linear(6, 5)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)  # [8, 9, 9]
        x = self.prelu1(self.gn1(self.conv2(x)))  # [8, 8, 8]
        x = self.elu(self.instance_norm(self.conv3(x)))
        x = self.gelu(self.ln1(self.maxpool(x)))
        x = self.leaky_relu(self.lrn(self.avgpool(x)))
        x = self.selu(self.conv_transpose1(x))  # [8, 16, 16]
        x = self.softplus(self.dropout2d(self.channel_shuffle(x)))
        x = self.attention1(x)
        x = self.mish(self.linear1(x))
        x = self.pixel_shuffle(x)  # [4, 32, 32]
        x = self.softmax(self.pixel_unshuffle(x))  # [16, 16, 16]
        x = F.pad(x, (2, 2, 1, 1), mode="reflect")[:, :, 1:-1, 1:-1]  # [16, 16, 18]
        x = x[:, 2:14]
        x = x.permute(0, 1, 3, 2)  # [12, 18, 16]
        x = self.upsample(x) * self.scale1  # [12, 9, 12]
        x = self.levels(x)
        x = x.reshape(-1, 8, 9, 6)  # [8, 9, 6]
        x = self.separable1(x)
        x = torch.flatten(self.hardswish(self.gmp(x)), 1)  # [6]
        return self.log_softmax(self.linear2(x))
