"""Shapes, parameters, MACs and receptive field of ResNet-50, beside torchinfo and fvcore."""

import torch
from fvcore.nn import FlopCountAnalysis, parameter_count
from torchinfo import summary
from torchvision.models import resnet50

from archdsl import driver
from archdsl.analysis import Analysis
from benchmarks.measure import Result, faster, turns

IMAGE = (1, 3, 224, 224)


def run(rounds: int) -> list[Result]:
    """Ours starts from the source file; theirs from a module that is already built."""
    module = resnet50().eval()
    image = torch.zeros(IMAGE)
    _assert_equal_totals(module, image)
    contestants = (
        ours,
        lambda: summary(module, input_size=IMAGE, verbose=0),
        lambda: _fvcore(module, image),
    )
    mine, torchinfo, fvcore = turns(contestants, rounds)
    return [
        faster("torchinfo : figures of ResNet-50 from its source", mine, torchinfo, 30),
        faster("fvcore : figures of ResNet-50 from its source", mine, fvcore, 60),
    ]


def ours() -> Analysis:
    (graph,) = driver.load("specs/resnet.arch", "ResNet50").graphs
    analysis = Analysis(graph)
    for value in range(len(graph.types)):
        analysis.shape(value)
    assert analysis.params and analysis.macs and analysis.receptive_field
    return analysis


def _fvcore(module: torch.nn.Module, image: torch.Tensor) -> tuple[int, int]:
    flops = FlopCountAnalysis(module, image).unsupported_ops_warnings(False)
    operators = flops.by_operator()
    # fvcore counts batch norm, pools and additions as well; the convention of MACs leaves them out.
    return parameter_count(module)[""], operators["conv"] + operators["linear"]


def _assert_equal_totals(module: torch.nn.Module, image: torch.Tensor) -> None:
    analysis = ours()
    assert _fvcore(module, image) == (analysis.params, analysis.macs)
    info = summary(module, input_size=IMAGE, verbose=0)
    assert info.total_params == analysis.params
    # torchinfo counts batch norm's weights and linear's bias as multiply-adds.
    extra = sum(layer.macs for layer in info.summary_list if layer.class_name == "BatchNorm2d")
    assert info.total_mult_adds - extra - 1000 == analysis.macs
