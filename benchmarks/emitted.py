"""The emitted ResNet-50 beside torchvision's, with the same weights."""

import torch
from torch import Tensor, nn
from torchvision.models import resnet50

import archdsl
from benchmarks.measure import Result, equal, turns

BATCH = 1


def run(rounds: int) -> list[Result]:
    # Threads that wait for each other burn processor time.
    torch.set_num_threads(1)
    theirs = resnet50()
    ours = archdsl.load("specs/resnet.arch", "ResNet50").module()
    ours.load_state_dict(theirs.state_dict())
    image = torch.rand(BATCH, 3, 224, 224)
    with torch.inference_mode():
        assert torch.equal(ours.eval()(image), theirs.eval()(image))
        forward = turns((lambda: ours(image), lambda: theirs(image)), rounds, warm_up=2)
    ours.train()
    theirs.train()
    both = turns(
        (lambda: _train_step(ours, image), lambda: _train_step(theirs, image)), rounds, warm_up=2
    )
    return [
        equal("emitted ResNet-50 : torchvision's, forward", *forward, 0.97, 1.03),
        equal("emitted ResNet-50 : torchvision's, forward and backward", *both, 0.97, 1.03),
    ]


def _train_step(module: nn.Module, image: Tensor) -> None:
    module.zero_grad()
    module(image).sum().backward()
