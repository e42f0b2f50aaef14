"""Shapes, parameters, MACs and receptive field of ResNet-50, beside torchinfo and fvcore."""

from collections.abc import Callable

import torch
from fvcore.nn import FlopCountAnalysis, parameter_count
from torchinfo import summary
from torchvision.models import resnet50

from archdsl import driver
from archdsl.analysis import Analysis
from benchmarks.measure import Result, compared, faster, turns

IMAGE = (1, 3, 224, 224)


REPEATS = 50
"""So many of our runs take about as long as one of theirs, and both find the processor's caches as
they themselves left them. The first one alone, behind other work, is a line of its own.
"""


def run(rounds: int) -> list[Result]:
    """From scratch to figures, as goals have it; and the figures of what is already built.

    From scratch is for us the source file, parsed and checked, for the others the construction of
    the module. We find shapes as we check, so the figures of a graph that is built leave them out.
    """
    # Threads that wait for each other burn processor time.
    torch.set_num_threads(1)
    module = resnet50().eval()
    image = torch.zeros(IMAGE)
    _assert_equal_totals(module, image)
    graph = _checked().graph
    contestants = (
        lambda: _repeated(lambda: _figures(_checked())),
        lambda: _repeated(lambda: _figures(Analysis(graph))),
        resnet50,
        lambda: summary(module, input_size=IMAGE, verbose=0),
        lambda: _figures(_checked()),
        lambda: _fvcore(module, image),
    )
    times = turns(contestants, rounds)
    scratch, built = ([seconds / REPEATS for seconds in taken] for taken in times[:2])
    construction, torchinfo, first, fvcore = times[2:]
    torchinfo_scratch = [a + b for a, b in zip(construction, torchinfo, strict=True)]
    fvcore_scratch = [a + b for a, b in zip(construction, fvcore, strict=True)]
    return [
        faster("torchinfo : ours, ResNet-50 from scratch", scratch, torchinfo_scratch, 30),
        faster("fvcore : ours, ResNet-50 from scratch", scratch, fvcore_scratch, 60),
        faster("torchinfo : ours, ResNet-50 already built", built, torchinfo, 30),
        faster("fvcore : ours, ResNet-50 already built", built, fvcore, 60),
        compared("torchinfo : our first run from scratch", first, torchinfo_scratch),
        compared("fvcore : our first run from scratch", first, fvcore_scratch),
        compared("torchinfo on a built module : ours from the source", scratch, torchinfo),
        compared("fvcore on a built module : ours from the source", scratch, fvcore),
    ]


def _checked() -> Analysis:
    """The file, parsed and checked: nothing of it is kept from one call to the next."""
    (analysis,) = driver.load("specs/resnet.arch", "ResNet50").analyses
    return analysis


def _repeated(work: Callable[[], object]) -> None:
    """The others have one module at a time in memory, and so do we: nothing is kept."""
    for _ in range(REPEATS):
        work()


def _figures(analysis: Analysis) -> Analysis:
    """Every shape, parameters, MACs and the receptive field."""
    for value in range(len(analysis.graph.types)):
        analysis.shape(value)
    assert analysis.params and analysis.macs and analysis.receptive_field
    return analysis


def _fvcore(module: torch.nn.Module, image: torch.Tensor) -> tuple[int, int]:
    flops = FlopCountAnalysis(module, image).unsupported_ops_warnings(False)
    operators = flops.by_operator()
    # fvcore counts batch norm, pools and additions as well; the convention of MACs leaves them out.
    return parameter_count(module)[""], operators["conv"] + operators["linear"]


def _assert_equal_totals(module: torch.nn.Module, image: torch.Tensor) -> None:
    analysis = _figures(_checked())
    assert _fvcore(module, image) == (analysis.params, analysis.macs)
    info = summary(module, input_size=IMAGE, verbose=0)
    assert info.total_params == analysis.params
    # torchinfo counts batch norm's weights and linear's bias as multiply-adds.
    extra = sum(layer.macs for layer in info.summary_list if layer.class_name == "BatchNorm2d")
    assert info.total_mult_adds - extra - 1000 == analysis.macs
