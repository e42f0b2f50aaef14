"""A task to learn and a related one: which way waves in noise run, and how long they are."""

from collections.abc import Callable
from math import radians
from typing import Any

import torch
from torch import Tensor, nn

SOURCE = [(angle, frequency) for frequency in (0.6, 1.2) for angle in (0, 45, 90, 135)]
TARGET = [(angle, 0.9) for angle in (22, 67, 112, 157)]
EPOCHS = 8


def waves(classes: list[tuple[int, float]], count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images of 16x16 pixels and their classes."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(classes)
    angles = torch.tensor([radians(angle) for angle, _ in classes])[labels].reshape(-1, 1, 1)
    frequencies = torch.tensor([one for _, one in classes])[labels].reshape(-1, 1, 1)
    axis = torch.arange(16.0)
    place = angles.cos() * axis[:, None] + angles.sin() * axis
    phases = 6.28 * torch.rand(count, 1, 1, generator=generator)
    noise = 1.5 * torch.randn(count, 16, 16, generator=generator)
    return ((place * frequencies + phases).sin() + noise)[:, None], labels


def fit(
    network: Any,
    optimizer: torch.optim.Optimizer,
    data: tuple[Tensor, Tensor],
    epochs: range = range(EPOCHS),
    before: Callable[[int], object] = lambda epoch: None,
    after: Callable[[int], object] = lambda epoch: None,
) -> None:
    """Train in batches of 16; `before` and `after` are called around each epoch."""
    images, labels = data
    for epoch in epochs:
        before(epoch)
        network.train()
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(epoch))
        for batch in order.split(16):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()
        after(epoch)


def accuracy(network: nn.Module) -> float:
    """On 512 images of the target task."""
    images, labels = waves(TARGET, 512, seed=2)
    network.eval()
    with torch.no_grad():
        return (network(images).argmax(1) == labels).float().mean().item()
