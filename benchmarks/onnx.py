"""ONNX models: writing them beside PyTorch's two exporters, and running what was written.

Whole processes, each from nothing to a finished file with random weights: `archdsl compile` of a
shipped description, and a script that makes torchvision's network and exports it. The exporters are
`torch.onnx.export` itself (`dynamo=True`, the default, which puts the weights into a second file)
and the one before it (`dynamo=False`). We sync what we write to disk, they do not; torchvision
draws most weights from normal distributions, we from uniform ones.
"""

import os
import tempfile
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import onnxruntime
import torch
from torch import Tensor, nn
from torchvision.models import resnet50

import archdsl
from archdsl import driver
from archdsl.backends import onnx
from archdsl.backends.onnx.check import check
from archdsl.backends.onnx.plan import plan
from archdsl.backends.onnx.writer import skeleton
from benchmarks.measure import Result, compared, equal, faster, megabytes, slower, turns
from benchmarks.processes import ENTRY, Processes

EXPORT = """
import sys, torch, torchvision
_, name, dynamo, path = sys.argv
module = getattr(torchvision.models, name)().eval()
torch.onnx.export(module, (torch.zeros(1, 3, 224, 224),), path, dynamo=dynamo == "dynamo")
"""

ANY = torch.export.Dim.DYNAMIC

MOST_SECONDS = 0.020
MOST_MEMORY = 60e6
"""What our process may take beside the weights, in bytes."""


class Net(NamedTuple):
    """A network of ours and of torchvision's.

    Attributes:
        goals: how many times faster than the dynamo exporter and the one before it; None: no goal.
    """

    spec: str
    name: str
    goals: tuple[float | None, float | None]


NETS = (
    Net("specs/resnet.arch:ResNet50", "resnet50", (15, 8)),
    Net("specs/vgg.arch:VGG16", "vgg16", (None, 5)),
    Net("specs/efficientnet.arch:EfficientNetB0", "efficientnet_b0", (None, None)),
)


def run(rounds: int) -> list[Result]:
    """All of it; of few rounds, ResNet-50 alone."""
    nets = NETS if rounds > 3 else NETS[:1]
    with Processes() as processes:
        results = [result for net in nets for result in writing(net, processes, rounds)]
    return [*results, without_weights(5 * rounds), *running(6 * rounds)]


def writing(net: Net, processes: Processes, rounds: int) -> list[Result]:
    """Whole processes, their time and memory."""
    peaks: list[list[float]] = [[], [], []]
    with tempfile.TemporaryDirectory() as folder:

        def measured(index: int, program: str, *words: str) -> Callable[[], None]:
            return lambda: peaks[index].append(processes.peak(program, *words))

        theirs = os.path.join(folder, "theirs.onnx")
        contestants = (
            measured(0, ENTRY, "compile", net.spec, "--to", "onnx", "-o", folder),
            measured(1, EXPORT, net.name, "dynamo", theirs),
            measured(2, EXPORT, net.name, "before", theirs),
        )
        ours, dynamo, before = turns(contestants, rounds, clock=time.perf_counter)
    (graph,) = driver.check(net.spec).graphs
    weights = 4 * sum(weight.count for _, weight in graph.weights())
    results = []
    for claim, times, goal in (("dynamo", dynamo, net.goals[0]), ("legacy", before, net.goals[1])):
        claim = f"torch.onnx, {claim} : compile --to onnx, {graph.name}"
        results.append(
            compared(claim, ours, times) if goal is None else faster(claim, ours, times, goal)
        )
    most = [weights + MOST_MEMORY] * len(peaks[0])
    return [
        *results,
        slower(f"memory : weights and 60 MB, {graph.name}", peaks[0], most, 1, megabytes),
        compared(
            f"memory of the legacy exporter : ours, {graph.name}", peaks[0], peaks[2], megabytes
        ),
    ]


def without_weights(rounds: int) -> Result:
    """From the graph to the checked model that waits for its weights, in process."""
    (graph,) = driver.check(NETS[0].spec).graphs

    def ours() -> None:
        assert not onnx.unsupported(graph)
        check(skeleton(graph, plan(graph, onnx.DEFAULT_OPSET), onnx.DEFAULT_OPSET))

    (times,) = turns((ours,), rounds, warm_up=3)
    claim = f"{graph.name} without its weights, in process : 20 ms"
    return slower(claim, times, [MOST_SECONDS] * rounds, 1)


def running(rounds: int) -> list[Result]:
    """Our ResNet-50 and torch's export of torchvision's in onnxruntime, and torchvision's itself,
    all with the same weights and one thread.

    Our model has symbolic sizes, and so has the export that it should equal. onnxruntime plans its
    memory ahead where all sizes are fixed, as in an export without further arguments.
    """
    # Threads that wait for each other burn processor time.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    module = resnet50().eval()
    image = torch.rand(1, 3, 224, 224)
    with tempfile.TemporaryDirectory() as folder:
        ours, symbolic, fixed = (os.path.join(folder, f"{number}.onnx") for number in range(3))
        weights = {key: tensor.numpy() for key, tensor in module.state_dict().items()}
        archdsl.load("specs/resnet.arch", "ResNet50").save_onnx(ours, weights)
        _export(module, torch.rand(2, 3, 224, 224), symbolic, ({0: ANY, 2: ANY, 3: ANY},))
        _export(module, image, fixed, None)
        in_onnxruntime = [_runner(path, image) for path in (ours, symbolic, fixed)]
    eager = _eager(module, image)
    for contestant in in_onnxruntime:
        torch.testing.assert_close(contestant(), eager(), rtol=1e-3, atol=1e-3)
    times = turns((*in_onnxruntime, eager), rounds, warm_up=2)
    return [
        equal("onnxruntime: our ResNet-50 : torch's export", times[0], times[1], 0.97, 1.03),
        compared("onnxruntime: torch's export for one size : ours", times[0], times[2]),
        faster("torchvision's ResNet-50 : ours in onnxruntime", times[0], times[3], 1.8),
    ]


def _export(module: nn.Module, image: Tensor, path: str, sizes: Any) -> None:
    torch.onnx.export(module, (image,), path, dynamo=True, dynamic_shapes=sizes, verbose=False)


def _runner(path: str, image: Tensor) -> Callable[[], Tensor]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    feeds = {session.get_inputs()[0].name: image.numpy()}
    return lambda: torch.from_numpy(session.run(None, feeds)[0])


def _eager(module: nn.Module, image: Tensor) -> Callable[[], Tensor]:
    def forward() -> Tensor:
        with torch.inference_mode():
            output: Tensor = module(image)
        return output

    return forward
