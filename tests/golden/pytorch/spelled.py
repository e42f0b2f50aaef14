"""Spelled, compiled by archdsl from rare.arch.

Parameters: 10,852; multiply-adds: 4,479,128 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

from collections import OrderedDict

from torch import Tensor, nn


class Long(nn.Module):
    def __init__(
        self,
        in_channels: int,
        k: int,
        long_name_for_a_parameter_of_this_block: int = 3,
        another_long_name_for_the_same: bool = False,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels,
            k,
            kernel_size=3,
            stride=2
            if another_long_name_for_the_same
            and long_name_for_a_parameter_of_this_block > 2
            and k > 1
            else 1,
            padding=1,
        )
        self.conv2 = nn.Conv2d(
            k,
            k,
            kernel_size=5,
            padding=4
            if another_long_name_for_the_same
            and long_name_for_a_parameter_of_this_block > 2
            else 2,
            bias=another_long_name_for_the_same
            and long_name_for_a_parameter_of_this_block > 2,
        )
        self.avgpool = nn.AvgPool2d(
            kernel_size=3,
            stride=1,
            padding=1,
            count_include_pad=another_long_name_for_the_same
            or long_name_for_a_parameter_of_this_block > 10,
        )
        self.relu: nn.Module = nn.Identity()
        self.conv3: nn.Module = nn.Identity()
        self.bn1: nn.Module = nn.Identity()
        if k == 8 or (k > 5 and long_name_for_a_parameter_of_this_block < 10):
            self.relu = nn.ReLU()
            self.conv3 = nn.Conv2d(k, k, kernel_size=1)
            self.bn1 = nn.BatchNorm2d(k)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.conv2(x)
        x = self.conv3(self.relu(self.avgpool(x)))
        return self.bn1(x)


class Spelled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.long1 = Long(3, 4)
        self.long2 = Long(
            4,
            8,
            long_name_for_a_parameter_of_this_block=2,
            another_long_name_for_the_same=True,
        )
        self.long3 = Long(8, 8, another_long_name_for_the_same=True)
        self.long4 = Long(
            8,
            3,
            long_name_for_a_parameter_of_this_block=12,
            another_long_name_for_the_same=True,
        )
        self.long5 = Long(3, 6, long_name_for_a_parameter_of_this_block=12)
        self.a = Long(6, 6)
        self.a_2 = Long(6, 6)
        self.add_module("0", nn.Conv2d(6, 3, kernel_size=3, padding=1))
        self.add_module(
            "1",
            nn.Sequential(
                nn.Sequential(
                    nn.Conv2d(3, 4, kernel_size=3, padding=1),
                    nn.Sequential(
                        nn.Sequential(
                            nn.Conv2d(4, 3, kernel_size=3, padding=1),
                            nn.Conv2d(3, 3, kernel_size=3, padding=1),
                        )
                    ),
                )
            ),
        )
        self.add_module(
            "5",
            nn.Sequential(
                nn.Conv2d(3, 4, kernel_size=3, padding=1),
                nn.Sequential(
                    OrderedDict(
                        [
                            ("0", nn.Conv2d(4, 4, kernel_size=3, padding=1)),
                            (
                                "2",
                                nn.Sequential(
                                    nn.Sequential(
                                        nn.Conv2d(4, 3, kernel_size=3, padding=1),
                                        nn.Conv2d(3, 4, kernel_size=3, padding=1),
                                    )
                                ),
                            ),
                        ]
                    )
                ),
            ),
        )
        self.add_module(
            "6",
            nn.Sequential(
                nn.Conv2d(4, 4, kernel_size=3, padding=1),
                nn.Sequential(
                    OrderedDict(
                        [
                            ("0", nn.Conv2d(4, 4, kernel_size=3, padding=1)),
                            (
                                "2",
                                nn.Sequential(
                                    nn.Sequential(
                                        nn.Conv2d(4, 3, kernel_size=3, padding=1),
                                        nn.Conv2d(3, 4, kernel_size=3, padding=1),
                                    )
                                ),
                            ),
                        ]
                    )
                ),
            ),
        )
        self.add_module(
            "7",
            nn.Sequential(
                nn.Conv2d(4, 4, kernel_size=3, padding=1),
                nn.Sequential(
                    OrderedDict(
                        [
                            ("0", nn.Conv2d(4, 4, kernel_size=3, padding=1)),
                            (
                                "2",
                                nn.Sequential(
                                    nn.Sequential(
                                        nn.Conv2d(4, 3, kernel_size=3, padding=1),
                                        nn.Conv2d(3, 4, kernel_size=3, padding=1),
                                    )
                                ),
                            ),
                        ]
                    )
                ),
            ),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.long1(x)  # [4, 32, 32]
        x = self.long2(x)
        x = self.long3(x)  # [8, 20, 20]
        x = self.long4(x)  # [3, 14, 14]
        x = self.long5(x)
        x = self.a(x)
        x = self.a_2(x)
        x = self.get_submodule("0")(x)
        x = self.get_submodule("1")(x)
        x = self.get_submodule("5")(x)
        x = self.get_submodule("6")(x)
        return self.get_submodule("7")(x)
