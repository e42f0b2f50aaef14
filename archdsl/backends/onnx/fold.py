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


class _Use(NamedTuple):
    """The nodes of a layer where it is used, by number; all the same where it is one node.

    Attributes:
        kernel: takes the kernel.
        product: multiplies by it.
        bias: adds the bias; None where there is none and `product` cannot add one.
        result: gives the layer's result.
    """

    kernel: int
    product: int
    bias: int | None
    result: int


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
        self.node_names = {node.name for node in plan.nodes}
        self.changed: dict[int, list[PlannedNode]] = {}
        """What stands in place of a node."""
        self.count = 0
        self.made: dict[str, tuple[PlannedWeight, ...]] = {}
        """What stands in place of a weight."""

    def folded(self) -> Plan:
        for uses in self._layers():
            self._fold(uses)
        nodes = [
            node
            for index, old in enumerate(self.plan.nodes)
            for node in self.changed.get(index, [old])
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
            folded_norms=self.count,
        )

    def _layers(self) -> Iterator[list[_Use]]:
        """The layers that can take norms, each with its uses: several for a shared one."""
        for name in self.weights:
            uses = [self._use(name, index) for index in self.readers[name]]
            known = [use for use in uses if use is not None]
            if len(known) == len(uses):
                yield known

    def _use(self, kernel: str, index: int) -> _Use | None:
        """The use of a layer that begins where its kernel is read; None for other weights."""
        node = self.plan.nodes[index]
        if node.op == "Transpose":
            return self._use_on_map(index)
        takes = node.op in _TAKES_NORMS and node.inputs[1] == kernel
        return _Use(index, index, index, index) if takes else None

    def _use_on_map(self, kernel: int) -> _Use | None:
        """A linear layer at every position: rows times the turned kernel, perhaps a bias, and the
        last axis back to the channels' place.
        """
        product = self._only_reader(kernel, "MatMul")
        if product is None:
            return None
        bias = self._only_reader(product, "Add")
        result = self._only_reader(product if bias is None else bias, "Transpose")
        if result is None:
            return None
        order = self.plan.nodes[result].attributes["perm"]
        assert isinstance(order, tuple)
        back = order == (0, len(order) - 1, *range(1, len(order) - 1))
        return _Use(kernel, product, bias, result) if back else None

    def _only_reader(self, index: int, op: str) -> int | None:
        """The node of this type of ONNX's own that alone reads a node's result, if it is so."""
        (result,) = self.plan.nodes[index].outputs
        readers = self.readers.get(result.name, [])
        if len(readers) != 1 or result.name in self.results:
            return None
        reader = self.plan.nodes[readers[0]]
        return readers[0] if (reader.domain, reader.op) == ("", op) else None

    def _fold(self, uses: Sequence[_Use]) -> None:
        """Fold the norms that follow a layer at each of its uses."""
        chains = [self._following(use.result) for use in uses]
        norms = _common([[self._norm(self.plan.nodes[index]) for index in one] for one in chains])
        if not norms:
            return
        bias = self._change_weights(uses[0], norms)
        for use, chain in zip(uses, chains, strict=True):
            self._add_bias(use, bias)
            self._rename(use.result, chain[: len(norms)])

    def _following(self, index: int) -> list[int]:
        """The norms behind a node, as long as nobody else reads what they take."""
        found: list[int] = []
        reader = self._only_reader(index, "BatchNormalization")
        while reader is not None:
            found.append(reader)
            reader = self._only_reader(reader, "BatchNormalization")
        return found

    def _add_bias(self, use: _Use, bias: str) -> None:
        """Let a layer without a bias add one."""
        node = self.plan.nodes[use.product]
        if use.bias is None:
            (product,) = node.outputs
            path = node.name.rpartition("/")[0]
            name = free(f"{path}/Add", self.node_names)
            self.node_names.add(name)
            result = product._replace(name=f"{name}_output_0")
            add = node._replace(
                op="Add", name=name, inputs=(product.name, bias), outputs=(result,), attributes={}
            )
            self.changed[use.product] = [node, add]
            last = self.plan.nodes[use.result]
            self.changed[use.result] = [last._replace(inputs=(result.name,))]
        elif use.bias == use.product:
            self.changed[use.product] = [node._replace(inputs=(*node.inputs[:2], bias))]

    def _rename(self, index: int, norms: Sequence[int]) -> None:
        """Give a node the results of the norms that it took the place of."""
        (node,) = self.changed.get(index, [self.plan.nodes[index]])
        taken = [self.plan.nodes[norm] for norm in norms]
        places = dict.fromkeys([node.doc, *(norm.doc for norm in taken)])
        self.changed[index] = [node._replace(outputs=taken[-1].outputs, doc=", ".join(places))]
        self.changed.update((norm, []) for norm in norms)
        self.count += len(norms)

    def _norm(self, node: PlannedNode) -> Norm:
        epsilon = node.attributes["epsilon"]
        assert isinstance(epsilon, float)
        scale, shift, mean, variance = map(self._recipe, node.inputs[1:])
        return Norm(scale, shift, mean, variance, epsilon)

    def _recipe(self, name: str) -> Recipe:
        return self.weights[name].recipe if name in self.weights else Fixed(self.constants[name])

    def _change_weights(self, use: _Use, norms: tuple[Norm, ...]) -> str:
        """Put folded weights in place of a layer's; returns the name of its bias."""
        node = self.plan.nodes[use.kernel]
        old = self.weights[node.inputs[0 if node.op == "Transpose" else 1]]
        view, channels = _views(node, old.shape)
        kernel = old._replace(recipe=FoldedKernel(old.recipe, view, channels, norms))
        count = prod(channels)
        known = self._bias(use)
        if known is not None:
            bias = known._replace(recipe=FoldedBias(known.recipe, count, norms))
            self.made |= {kernel.name: (kernel,), bias.name: (bias,)}
            return bias.name
        name = free(f"{old.name.removesuffix('weight')}bias", self.taken)
        self.taken.add(name)
        bias = PlannedWeight(name, (count,), FoldedBias(None, count, norms))
        self.made[kernel.name] = (kernel, bias)
        return name

    def _bias(self, use: _Use) -> PlannedWeight | None:
        if use.bias is None:
            return None
        inputs = self.plan.nodes[use.bias].inputs
        return self.weights[inputs[-1]] if use.bias != use.product or inputs[2:] else None


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
