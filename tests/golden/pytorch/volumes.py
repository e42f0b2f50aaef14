"""Volumes, compiled by archdsl from ops.arch.

Parameters: 130; multiply-adds: 6,920 for an input of [1, 8, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Volumes(nn.Module):
    """Three spatial axes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, 4, kernel_size=3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm3d(4)
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AvgPool3d(kernel_size=2, stride=2)
        self.dropout = nn.Dropout(p=0.1)
        self.adaptive_maxpool = nn.AdaptiveMaxPool3d(1)
        self.linear1 = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # [4, 4, 4, 4]
        x = self.dropout(self.avgpool(x))  # [4, 2, 2, 2]
        x = torch.flatten(self.adaptive_maxpool(x), 1)  # [4]
        return self.linear1(x)
