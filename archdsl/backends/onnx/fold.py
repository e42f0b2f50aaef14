"""Folding batch norms into the convolution or linear layer before them.

In evaluation mode a batch norm is a factor and a shift for each channel (Ioffe & Szegedy, 2015).
Where nobody else reads what it normalises, the layer that computes it does the same with other
weights: its kernel times the factor, and a bias. What comes out is a plan like any other; folded
weights are worked out when they are written.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archdsl.backends.onnx.plan import Plan, PlannedNode, PlannedWeight, Recipe, free
from archdsl.backends.onnx.records import Constant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]
    Weights: TypeAlias = Mapping[str, Array]

_TAKES_NORMS = {"Conv", "ConvTranspose", "Gemm"}
"""Nodes with a kernel as their second input and a bias, if they have one, as their third."""


class Norm(NamedTuple):
    """A batch norm in evaluation mode: ``(x - mean) * factor + shift`` in each channel."""

    scale: Recipe
    shift: Recipe
    mean: Recipe
    variance: Recipe
    epsilon: float

    def factor(self, weights: "Weights") -> "Array":
        """scale / sqrt(variance + epsilon), in float64."""
        import numpy as np

        variance = self.variance.array(weights).astype(np.float64)
        factor: Array = self.scale.array(weights) / np.sqrt(variance + self.epsilon)
        return factor


class Fixed(NamedTuple):
    """A constant in place of a learned tensor: scale and shift of a norm that learns none."""

    constant: Constant

    def array(self, weights: "Weights") -> "Array":
        import numpy as np

        return np.array(self.constant.values, np.float32).reshape(self.constant.shape)


class FoldedKernel(NamedTuple):
    """A kernel times the factors of norms.

    Attributes:
        view: a shape of the kernel in which every output channel has its own index.
        channels: the shape in which a factor for each channel multiplies that.
    """

    kernel: Recipe
    view: tuple[int, ...]
    channels: tuple[int, ...]
    norms: tuple[Norm, ...]

    def array(self, weights: "Weights") -> "Array":
        import numpy as np

        kernel = self.kernel.array(weights)
        # Weights that are no numbers give some that are none, here as in the norm itself.
        with np.errstate(all="ignore"):
            factor: Array = np.ones(self.channels)
            for norm in self.norms:
                factor *= norm.factor(weights).reshape(self.channels)
            folded = (kernel.reshape(self.view) * factor).astype(np.float32)
        return folded.reshape(kernel.shape)


class FoldedBias(NamedTuple):
    """A bias, or nothing, taken through norms."""

    bias: Recipe | None
    channels: int
    norms: tuple[Norm, ...]

    def array(self, weights: "Weights") -> "Array":
        import numpy as np

        found: Array = np.zeros(self.channels)
        if self.bias is not None:
            found += self.bias.array(weights)
        with np.errstate(all="ignore"):
            for norm in self.norms:
                centred = found - norm.mean.array(weights)
                found = centred * norm.factor(weights) + norm.shift.array(weights)
            return found.astype(np.float32)


def fold_norms(plan: Plan) -> Plan:
    """The plan without the batch norms that can be folded.

    The result of a folded layer bears the name that its norm's had, for it is the same tensor. A
    layer that is used several times keeps one kernel, so all its uses must go through the same
    norms.
    """
    return _Folder(plan).folded()


class _Folder:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.weights = {weight.name: weight for weight in plan.weights}
        self.constants = dict(plan.constants)
        self.results = {value.name for value in plan.outputs}
        self.readers: dict[str, list[int]] = {}
        for index, node in enumerate(plan.nodes):
            for name in node.inputs:
                self.readers.setdefault(name, []).append(index)
        self.taken = {value.name for node in plan.nodes for value in node.outputs}
        self.taken |= {*self.weights, *self.constants, *(value.name for value in plan.inputs)}
        self.changed: dict[int, PlannedNode] = {}
        self.gone: set[int] = set()
        self.made: dict[str, tuple[PlannedWeight, ...]] = {}
        """What stands in place of a weight."""

    def folded(self) -> Plan:
        for uses in self._layers():
            self._fold(uses)
        nodes = [
            self.changed.get(index, node)
            for index, node in enumerate(self.plan.nodes)
            if index not in self.gone
        ]
        read = {name for node in nodes for name in node.inputs}
        weights = [
            weight
            for old in self.plan.weights
            for weight in self.made.get(old.name, (old,))
            if weight.name in read
        ]
        constants = [entry for entry in self.plan.constants if entry[0] in read]
        held = {value.name for node in nodes for value in node.outputs}
        held.update(value.name for value in self.plan.inputs)
        return self.plan._replace(
            weights=tuple(weights),
            constants=tuple(constants),
            nodes=tuple(nodes),
            names={value: name for value, name in self.plan.names.items() if name in held},
            folded_norms=len(self.gone),
        )

    def _layers(self) -> Iterator[list[int]]:
        """The nodes of each layer that can take norms: several for a shared one."""
        for name in self.weights:
            uses = self.readers[name]
            nodes = [self.plan.nodes[index] for index in uses]
            if all(node.op in _TAKES_NORMS and node.inputs[1] == name for node in nodes):
                yield uses

    def _fold(self, uses: Sequence[int]) -> None:
        """Fold the norms that follow a layer at each of its uses."""
        chains = [self._following(use) for use in uses]
        norms = _common([[self._norm(self.plan.nodes[index]) for index in one] for one in chains])
        if not norms:
            return
        bias = self._change_weights(self.plan.nodes[uses[0]], norms)
        for use, chain in zip(uses, chains, strict=True):
            node, folded = self.plan.nodes[use], chain[: len(norms)]
            places = dict.fromkeys([node.doc, *(self.plan.nodes[index].doc for index in folded)])
            self.changed[use] = node._replace(
                inputs=(*node.inputs[:2], bias),
                outputs=self.plan.nodes[folded[-1]].outputs,
                doc=", ".join(places),
            )
            self.gone.update(folded)

    def _following(self, index: int) -> list[int]:
        """The norms behind a node, as long as nobody else reads what they take."""
        found: list[int] = []
        while True:
            (result,) = self.plan.nodes[index].outputs
            readers = self.readers.get(result.name, [])
            if len(readers) != 1 or result.name in self.results:
                return found
            (index,) = readers
            if self.plan.nodes[index].op != "BatchNormalization" or self.plan.nodes[index].domain:
                return found
            found.append(index)

    def _norm(self, node: PlannedNode) -> Norm:
        epsilon = node.attributes["epsilon"]
        assert isinstance(epsilon, float)
        scale, shift, mean, variance = map(self._recipe, node.inputs[1:])
        return Norm(scale, shift, mean, variance, epsilon)

    def _recipe(self, name: str) -> Recipe:
        return self.weights[name].recipe if name in self.weights else Fixed(self.constants[name])

    def _change_weights(self, node: PlannedNode, norms: tuple[Norm, ...]) -> str:
        """Put folded weights in place of a layer's; returns the name of its bias."""
        old = self.weights[node.inputs[1]]
        view, channels = _views(node, old.shape)
        kernel = old._replace(recipe=FoldedKernel(old.recipe, view, channels, norms))
        count = prod(channels)
        if node.inputs[2:]:
            name = node.inputs[2]
            bias = self.weights[name]._replace(
                recipe=FoldedBias(self.weights[name].recipe, count, norms)
            )
            self.made |= {kernel.name: (kernel,), name: (bias,)}
            return name
        name = free(f"{old.name.removesuffix('weight')}bias", self.taken)
        self.taken.add(name)
        bias = PlannedWeight(name, (count,), FoldedBias(None, count, norms))
        self.made[kernel.name] = (kernel, bias)
        return name


def _views(node: PlannedNode, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`view` and `channels` of a folded kernel."""
    if node.op != "ConvTranspose":
        return shape, (shape[0], *(1,) * (len(shape) - 1))
    # Inputs come first, and each group counts its outputs from 0.
    groups = node.attributes["group"]
    assert isinstance(groups, int)
    inputs, outputs, *window = shape
    view = (groups, inputs // groups, outputs, *window)
    return view, (groups, 1, outputs, *(1,) * len(window))


def _common(chains: Sequence[Sequence[Norm]]) -> tuple[Norm, ...]:
    """What all chains begin with."""
    first, *others = chains
    count = 0
    while count < len(first) and all(first[: count + 1] == one[: count + 1] for one in others):
        count += 1
    return tuple(first[:count])
