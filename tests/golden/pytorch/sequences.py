"""Sequences, compiled by archdsl from ops.arch.

Parameters: 459; multiply-adds: 4,376 for an input of [2, 64].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Sequences(nn.Module):
    """One spatial axis."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(2, 8, kernel_size=9, stride=4, padding=4)
        self.bn1 = nn.BatchNorm1d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool1d(kernel_size=2, stride=2)
        self.conv2 = nn.Conv1d(8, 4, kernel_size=3, padding=1)
        self.conv3 = nn.Conv1d(8, 4, kernel_size=5, padding=2)
        self.linear1 = nn.Linear(8, 3)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # [8, 16]
        x = self.maxpool(x)  # [8, 8]
        x = torch.cat([self.conv2(x), self.conv3(x)], 1)
        x = x.mean(2)  # [8]
        return self.sigmoid(self.linear1(x))
