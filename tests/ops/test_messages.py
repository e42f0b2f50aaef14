"""Every message that an op can give, whole."""

from archdsl.ops.base import Problem
from archdsl.types import Dim, Symbol, size_of
from tests.golden import check_golden
from tests.ops.forms import apply

H, W = size_of(Symbol("H", 224)), size_of(Symbol("W", 224))
ALIGNED = size_of(Symbol("H", 224, multiple=32))
SMALL = size_of(Symbol("H", 4, maximum=6))

CASES: list[tuple[str, list[tuple[Dim, ...]], dict[str, object]]] = [
    # E301
    ("add", [(64, 56, 56), (256, 56, 56)], {}),
    ("add", [(64, 56, 56), (64, 28, 28)], {}),
    ("add", [(64, 1, 1), (64, 56, 56), (64, 56, 28)], {}),
    ("mul", [(64,), (64, 56, 56)], {}),
    ("mul", [(64, 9), (64, 3, 3)], {}),
    ("add", [(64, H, W), (64, ((H - 1) // 2 + 1) * 2, W)], {}),
    ("add", [(64, H, W), (64, W, W)], {}),
    # E302
    ("concat", [(64, 28, 28), (32, 28, 28), (16, 27, 28)], {}),
    ("concat", [(64, 28), (32, 28)], {"axis": "length"}),
    ("concat", [(64, 28), (32, 28, 28)], {}),
    ("concat", [(64, H, W), (64, ((H - 1) // 2 + 1) * 2, W)], {}),
    # E303
    ("conv", [(3, 4, 9)], {"channels": 8, "kernel": 7, "pad": 0}),
    ("conv", [(3, 4, 9)], {"channels": 8, "kernel": 7, "pad": 1}),
    ("conv", [(3, 4, 9)], {"channels": 8, "kernel": 3, "pad": ((0, 1), (0, 1)), "dilation": 3}),
    ("conv", [(3, SMALL, W)], {"channels": 8, "kernel": 11, "pad": 0}),
    ("conv", [(3, 4)], {"channels": 8, "pad": 4, "pad_mode": "reflect"}),
    ("maxpool", [(64, 1, 1)], {}),
    ("avgpool", [(64, 8, 1, 8)], {"pad": 1}),
    ("conv_transpose", [(64, 1, 1)], {"channels": 8, "kernel": 2, "pad": 1}),
    ("pad", [(3, 4)], {"sizes": 5, "mode": "circular"}),
    ("crop", [(3, 8, 4)], {"sizes": 2}),
    # E304
    ("conv", [(64, 8, 8)], {"channels": 96, "groups": 3}),
    ("conv", [(64, 8, 8)], {"channels": 90, "groups": 4}),
    ("conv_transpose", [(64, 8, 8)], {"channels": 96, "kernel": 2, "groups": 5}),
    ("pointwise", [(64, 8, 8)], {"channels": 64, "groups": 7}),
    ("gn", [(48, 8, 8)], {"groups": 32}),
    ("channel_shuffle", [(48, 8, 8)], {"groups": 5}),
    ("attention", [(48, 8, 8)], {"heads": 5}),
    # E305
    ("linear", [(512, 7, 7)], {"features": 10}),
    ("linear", [(512, 1, 1)], {"features": 10}),
    ("linear", [(512 * H * W,)], {"features": 10}),
    ("conv", [(512,)], {"channels": 8}),
    ("conv", [(3, 2, 2, 2, 2)], {"channels": 8}),
    ("conv", [(64, 100)], {"channels": 8, "kernel": (3, 3)}),
    ("conv", [(64, 8, 8)], {"channels": 8, "pad": ((1, 1),)}),
    ("conv", [(H, 8, 8)], {"channels": 8}),
    ("maxpool", [(64, 8, 8)], {"kernel": (2,)}),
    ("conv_transpose", [(64, 8, 8)], {"channels": 8, "kernel": (2, 2, 2)}),
    ("adaptive_avgpool", [(64, 8, 8)], {"size": (2,)}),
    ("upsample", [(64, 8, 8)], {"scale": (2, 2, 2)}),
    ("crop", [(64, 8, 8)], {"sizes": ((1, 1),)}),
    ("slice", [(64, 8, 8)], {"axis": "depth", "start": 0, "stop": 1}),
    ("chunk", [(64, 8, 8)], {"n": 2, "axis": 3}),
    ("gap", [(512,)], {}),
    ("dropout2d", [(512,)], {}),
    ("softmax", [(64, 100)], {"axis": "height"}),
    ("softmax", [(64, 100)], {"axis": 2}),
    ("upsample", [(64, 100)], {"mode": "bilinear"}),
    ("upsample", [(64, 8, 8)], {"mode": "linear"}),
    ("pixel_shuffle", [(64, 100)], {"factor": 2}),
    # E306
    ("conv", [(3, 8, 8)], {"channels": 8, "kernel": 4}),
    ("conv", [(3, 8, 8)], {"channels": 8, "kernel": (3, 2), "dilation": (2, 3)}),
    ("maxpool", [(3, 8, 8)], {"pad": "same"}),
    # E308
    ("reshape", [(64, 4, 4)], {"shape": (64, 15)}),
    ("reshape", [(64, 4, 4)], {"shape": (3, -1)}),
    ("reshape", [(64, H, W)], {"shape": (32, 2, H, W)}),
    # E309
    ("reshape", [(64, 4, 4)], {"shape": (-1, -1)}),
    ("permute", [(64, 4, 4)], {"order": (0, 1)}),
    ("mean", [(64, 4, 4)], {"axes": (1, 1)}),
    ("slice", [(64, 4, 4)], {"axis": "channels", "start": 0, "stop": 65}),
    ("slice", [(64, 4, 4)], {"axis": 1, "start": -5, "stop": None}),
    ("maxpool", [(3, 8, 8)], {"kernel": 3, "pad": 2}),
    ("maxpool", [(3, 8, 8)], {"kernel": 2, "pad": 2, "dilation": 4}),
    ("maxpool", [(3, 8, 8)], {"kernel": 3, "pad": ((0, 1), (0, 1)), "ceil": True}),
    ("conv", [(3, H, W)], {"channels": 8, "stride": 2, "pad": "same_upper"}),
    ("maxpool", [(3, (H - 1) // 2 + 1)], {"stride": 2, "pad": "same_upper"}),
    ("maxpool", [(3, H - W)], {"stride": 2, "pad": "same_upper"}),
    ("conv_transpose", [(3, 8, 8)], {"channels": 8, "kernel": 2, "stride": 2, "output_pad": 2}),
    ("chunk", [(64, 8, 8)], {"n": 3}),
    ("chunk", [(2, 8, 8)], {"n": 3}),
    ("chunk", [(64, 8, 9)], {"n": 2, "axis": "width"}),
    ("split", [(64, 8, 8)], {"sizes": (16, 32)}),
    ("pixel_shuffle", [(30, 8, 8)], {"factor": 2}),
    ("pixel_unshuffle", [(30, 8, 7)], {"factor": 2}),
    ("upsample", [(64, H, W)], {"size": (W, H)}),
    ("upsample", [(64, 1, 1)], {"size": (H, W)}),
    ("upsample", [(64, 8, 8)], {"scale": None}),
    ("upsample", [(64, 8, 8)], {"align_corners": True}),
    ("upsample", [(64, 2**20, 8)], {"scale": 2**20}),
    ("flatten", [tuple([H + 1, W + 1] * 20)], {}),
]


def shown(name: str, shapes: list[tuple[Dim, ...]], args: dict[str, object]) -> str:
    found = apply(name, *shapes, **args)
    assert isinstance(found, Problem), (name, shapes, args)
    lines = [f"{found.code}: {found.message}"]
    if found.help:
        lines.append(f"  help: {found.help}")
    if found.parameter:
        lines.append(f"  at: {found.parameter}")
    return "\n".join(lines)


def test_messages() -> None:
    ordered = [shown(*case) for case in CASES]
    assert [line[:4] for line in ordered] == sorted(line[:4] for line in ordered)
    check_golden("ops/messages.txt", "\n\n".join(ordered) + "\n")


def test_requirements_instead_of_messages_for_symbolic_sizes() -> None:
    found = apply("conv", (3, H, W), channels=8, kernel=7, pad=0)
    assert not isinstance(found, Problem)
    assert [str(requirement) for requirement in found.requirements] == ["H >= 7", "W >= 7"]
    found = apply("conv", (3, ALIGNED, ALIGNED), channels=8, kernel=7, pad=0)
    assert not isinstance(found, Problem)
    assert found.requirements == ()
    found = apply("pixel_unshuffle", (3, H, ALIGNED), factor=2)
    assert not isinstance(found, Problem)
    assert [str(requirement) for requirement in found.requirements] == ["H % 2 == 0"]
