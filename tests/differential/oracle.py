"""Whether archdsl is right about a network: its figures, its PyTorch module and its ONNX model
against PyTorch, which runs the network as the language defines it.
"""

import copy
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.flop_counter import FlopCounterMode

from archdsl.analysis import Analysis
from archdsl.backends import onnx
from archdsl.verify.calibrate import REACTION, calibrate, random_inputs, reaction
from archdsl.verify.compare import compare
from tests.differential.choices import Choices
from tests.differential.interpreter import Interpreter
from tests.differential.programs import Network
from tests.differential.running import (
    Disagreement,
    Results,
    agree,
    called,
    compiled,
    emitted,
    outputs,
    run,
)
from tests.differential.tensors import Tensors

CALIBRATION_BATCH = 8
EXACT = 1e-9
"""Of the largest value: two float64 results of one computation."""
MOST_ROUNDING = 1e-4
"""Of the largest value: where rounding comes to more, nothing can be compared."""
NOISE = 1e-7
"""Of a layer's largest value: about float32's unit of rounding."""
DRAWS = 16
"""Of noise, where one does not explain a difference."""
MARGIN = 2
"""How many times what the worst of these comes to may be missing: rounding is no random noise."""
NOISE_IN_DOUBLE = 1e-15
"""And about float64's."""
LEAST = 1e-3
"""Values below it are as good as 0."""


class Verdict(NamedTuple):
    """How far a network was compared.

    Attributes:
        layers: in order of execution.
        rounding: what rounding comes to in the outputs, relative to the largest value.
        discarded: why its outputs were not compared with those of ONNX, or None.
        dull: whether an output hardly depends on the input; what varies in it may be rounding, so
            that small differences are none.
    """

    layers: int
    rounding: float
    discarded: str | None
    dull: bool


def judge(network: Network, c: Choices) -> Verdict:
    """Compare everything; `c` draws opsets, batch sizes and the seed of the weights.

    Raises:
        Disagreement: two sides differ.
    """
    return _Judge(network, c).verdict()


class _Judge:
    def __init__(self, network: Network, c: Choices) -> None:
        self.network = network
        self.c = c
        self.seed = c.number(0, 1000)
        self.graph = compiled(network.text())
        self.module = emitted(self.graph)

    def verdict(self) -> Verdict:
        graph, module = self.graph, self.module
        self._state_dict()
        self._initial_values()
        inputs = random_inputs(graph, CALIBRATION_BATCH, dict(graph.sizes), self.seed)
        calibrate(module, graph, inputs, self.seed)
        self.double = copy.deepcopy(module).double()
        self._macs()
        verdicts = [self._at(sizes) for sizes in self._sizes()]
        self._concrete_shapes()
        self._training(inputs)
        return max(verdicts, key=lambda verdict: verdict.discarded is not None)

    # --- figures ----------------------------------------------------------------------------------

    def _state_dict(self) -> None:
        found = [(key, tuple(one.shape)) for key, one in self.module.state_dict().items()]
        wanted = [(key, weight.shape) for key, weight in self.graph.weights()]
        agree(found == wanted, f"the state dict has {found}, the graph {wanted}")
        analysis = Analysis(self.graph)
        params = sum(parameter.numel() for parameter in self.module.parameters())
        buffers = sum(buffer.numel() for buffer in self.module.buffers())
        agree(analysis.params == params, f"{analysis.params} parameters, not {params}")
        agree(analysis.buffers == buffers, f"{analysis.buffers} buffers, not {buffers}")

    def _macs(self) -> None:
        """PyTorch counts two for each multiply-add, and products of tokens with tokens as well."""
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            self.module(*random_inputs(self.graph, 1, dict(self.graph.sizes), self.seed))
        counts = counter.get_flop_counts().get("Global", {})
        weighted = ("convolution", "_convolution", "addmm", "mm")
        found = sum(
            count for op, count in counts.items() if str(op).removeprefix("aten.") in weighted
        )
        macs = Analysis(self.graph).macs
        agree(macs is not None and 2 * macs == found, f"{macs} MACs, PyTorch has {found / 2}")

    def _initial_values(self) -> None:
        """What layers start with, as the source says."""
        state = {
            key: one.double() if one.is_floating_point() else one
            for key, one in self.module.state_dict().items()
        }
        machine = self._reference(self._given(2, dict(self.graph.sizes)), state)[0]
        agree(machine.used == set(state), f"{machine.used ^ set(state)} are read by no layer")
        for path, op, args, _ in machine.applied:
            if op in ("scale", "prelu"):
                key, default = (path, 1.0) if op == "scale" else (f"{path}.weight", 0.25)
                value = args.get("init", default)
                started = bool(torch.all(state[key].float() == value))
                agree(started, f"{key} does not start as {value}")

    # --- sizes ------------------------------------------------------------------------------------

    def _sizes(self) -> list[dict[str, int]]:
        """The symbolic sizes that the source gives, and others."""
        symbols = self.network.symbols
        sizes = [{symbol.name: symbol.hint for symbol in symbols}]
        if symbols:
            sizes.append({symbol.name: symbol.other for symbol in symbols})
        return sizes

    def _given(self, batch: int, sizes: dict[str, int]) -> list[Tensor]:
        return [x.double() for x in random_inputs(self.graph, batch, sizes, self.seed + 1)]

    def _concrete_shapes(self) -> None:
        """The same network with numbers for its symbolic sizes has the shapes that these give."""
        if not self.network.symbols:
            return
        concrete = compiled(self.network.fixed().text())
        for symbolic, number in zip(self.graph.types, concrete.types, strict=True):
            found = tuple(_evaluated(symbolic.shape, dict(self.graph.sizes)))
            agree(found == number.shape, f"{symbolic} is {number} at {self.graph.sizes}")

    # --- results ----------------------------------------------------------------------------------

    def _reference(
        self,
        inputs: list[Tensor],
        state: dict[str, Tensor],
        training: bool = False,
        noise: float = 0.0,
        draw: int = 0,
    ) -> tuple[Tensors, Results]:
        """What the language says that the outputs are."""
        machine = Tensors(self.graph, state, training, noise, draw)
        interpreter = Interpreter(machine, self.network.defaults)
        with torch.no_grad():
            try:
                named, last = interpreter.network(self.network, inputs)
            except (AssertionError, KeyError) as error:
                raise Disagreement(f"the graph is not the network: {error}") from error
        agree(
            len(machine.applied) == len(self.graph.steps),
            f"the graph has {len(self.graph.steps)} steps, not {len(machine.applied)}",
        )
        if not named:
            assert last is not None
            named = {self.graph.outputs[0].name: last}
        return machine, named

    def _at(self, sizes: dict[str, int]) -> Verdict:
        """Everything in evaluation mode at these sizes."""
        graph = self.graph
        batch = self.c.number(1, 3)
        inputs = random_inputs(graph, max(batch, 2), sizes, self.seed + 1)
        exact_inputs = [x.double() for x in inputs]
        machine, wanted = self._reference(exact_inputs, self.double.state_dict())
        self._shapes(machine, sizes, inputs)
        evaluated = [output.name for output in graph.outputs if not output.training]
        exact = outputs(self.double, graph, exact_inputs, training=False)
        agree(list(exact) == evaluated, f"the module returns {list(exact)}, not {evaluated}")
        noisy, noisy_in_double = (
            self._reference(exact_inputs, self.double.state_dict(), noise=noise)[1]
            for noise in (NOISE, NOISE_IN_DOUBLE)
        )
        for name, value in exact.items():
            what = f"the output {name} of the module"
            self._equal(value, wanted[name], what, noisy_in_double[name])
        single = outputs(self.module, graph, list(inputs), training=False)
        own = [compare(exact[name], single[name], single[name]).torch_error for name in exact]
        finite = all(bool(one.isfinite().all()) for one in (*exact.values(), *single.values()))
        dull = any(reaction(one[0], one[1]) < REACTION for one in exact.values())
        # PyTorch's own error is what rounding happens to come to; where a norm of a nearly constant
        # map amplifies it, another implementation may have less luck.
        others = [compare(value, value, noisy[name]).error for name, value in exact.items()]
        rounding = max(*own, *others)
        if not finite:
            discarded: str | None = "not finite"
        elif rounding > MOST_ROUNDING:
            discarded = "amplifies rounding"
        else:
            feeds = [x[:batch] for x in inputs]
            discarded = self._onnx(
                feeds,
                {name: one[:batch] for name, one in exact.items()},
                {name: one[:batch] for name, one in single.items()},
                max(rounding, REACTION) if dull else rounding,
                lambda: self._amplified(exact_inputs, exact),
            )
        return Verdict(len(graph.steps), rounding, discarded, dull)

    def _amplified(self, inputs: list[Tensor], exact: Results) -> float:
        """What noise comes to in the outputs, in the worst of many draws."""
        state = self.double.state_dict()
        draws = (
            self._reference(inputs, state, noise=NOISE, draw=draw)[1] for draw in range(1, DRAWS)
        )
        return max(
            compare(value, value, noisy[name]).error
            for noisy in draws
            for name, value in exact.items()
        )

    def _equal(self, found: Tensor, wanted: Tensor, what: str, noisy: Tensor) -> None:
        """Two results in float64; the one with float64's noise shows what rounding comes to: norms
        divide by the variance of a map or batch, however small that is.
        """
        agree(found.shape == wanted.shape, f"{what} is {found.shape}, not {wanted.shape}")
        if not wanted.isfinite().all():
            return
        largest = max(float(wanted.abs().max()), LEAST)
        off, amplified = (float((one - wanted).abs().max()) / largest for one in (found, noisy))
        if not math.isfinite(amplified):
            amplified = 0.0  # noise that leads out of the numbers tells nothing of rounding
        allowed = EXACT + 10 * amplified
        agree(off <= allowed, f"{what} is off by {off:.1e} of its largest value")

    def _shapes(self, machine: Tensors, sizes: dict[str, int], inputs: tuple[Tensor, ...]) -> None:
        """Every inferred shape, and those that the module's layers return."""
        for step, applied in zip(self.graph.steps, machine.applied, strict=True):
            inferred = [_evaluated(self.graph.types[one].shape, sizes) for one in step.outputs]
            found = [shape[1:] for shape in applied.shapes]
            agree(
                inferred == found,
                f"{applied.path} ({applied.op}) is {inferred}, PyTorch has {found}",
            )
        returned, dropped = called(self.module, inputs)
        wanted = sorted(
            float(one.args.get("p", 0.0 if one.op == "droppath" else 0.5))
            for one, live in zip(machine.applied, Analysis(self.graph).live, strict=True)
            if live and one.op in ("dropout", "dropout2d", "droppath")
        )
        agree(dropped == wanted, f"layers drop out {dropped}, not {wanted}")
        by_path: dict[str, set[tuple[int, ...]]] = {}
        for step, applied in zip(self.graph.steps, machine.applied, strict=True):
            # Alike layers without weights may be one module.
            if step.layer.weights:
                by_path.setdefault(applied.path, set()).update(applied.shapes)
        for path, shapes in returned.items():
            if path in by_path:
                agree(shapes <= by_path[path], f"{path} returns {shapes}, not {by_path[path]}")

    # --- training ---------------------------------------------------------------------------------

    def _training(self, inputs: tuple[Tensor, ...]) -> None:
        """Outputs and running statistics of a pass in training mode, nothing dropped out."""
        live = self.double.train()
        for part in live.modules():
            if hasattr(part, "p"):
                part.p = 0.0
        state, noisy_state = (
            {key: one.clone() for key, one in live.state_dict().items()} for _ in range(2)
        )
        given = [x.double() for x in inputs]
        _, wanted = self._reference(given, state, training=True)
        _, noisy = self._reference(given, noisy_state, training=True, noise=NOISE_IN_DOUBLE)
        found = outputs(live, self.graph, given, training=True)
        agree(list(found) == list(wanted), f"training returns {list(found)}, not {list(wanted)}")
        for name, value in found.items():
            what = f"the output {name} in training mode"
            self._equal(value, wanted[name], what, noisy[name])
        used = self._run_norms(live)
        for key, value in live.state_dict().items():
            if key.rpartition(".")[0] in used and value.is_floating_point():
                what = f"{key} after training"
                self._equal(value, state[key], what, noisy_state[key])

    def _run_norms(self, live: nn.Module) -> set[str]:
        """Paths of the batch norms that a pass runs: dead layers are not in `forward`."""
        return {
            path
            for path, part in live.named_modules()
            if isinstance(part, _BatchNorm)
            and int(part.num_batches_tracked)
            > int(self.module.state_dict()[f"{path}.num_batches_tracked"])
        }

    # --- ONNX -------------------------------------------------------------------------------------

    def _onnx(
        self,
        feeds: list[Tensor],
        exact: Results,
        single: Results,
        rounding: float,
        worst: Callable[[], float],
    ) -> str | None:
        """The model at some opset, optimised by onnxruntime and not; why it was not compared.

        `rounding` is one draw of what noise comes to, `worst` finds a bad one.
        """
        graph = self.graph
        opset = self.c.number(onnx.OLDEST_OPSET, onnx.newest_opset())
        if onnx.unsupported(graph, opset):
            opset = onnx.newest_opset()
            if onnx.unsupported(graph, opset):
                return "no ONNX form"
        weights = {key: one.numpy() for key, one in self.module.state_dict().items()}
        options = {name: self.c.chance(25) for name in ("fold_norm", "functions")}
        model = onnx.model_bytes(graph, weights, opset, **options)
        how = ", ".join([f"opset {opset}", *(name for name, chosen in options.items() if chosen)])
        for optimised in (False, True):
            for name, found in zip(exact, run(model, feeds, optimised), strict=True):
                compared = compare(exact[name], single[name], found)
                allowed = compared.allowed + rounding
                # Layers give values of about 1: one of 1e-5 is what a difference has left.
                error = compared.error * min(1.0, compared.largest / LEAST)
                if error > allowed:
                    allowed = compared.allowed + MARGIN * max(rounding, worst())
                agree(
                    error <= allowed,
                    f"the output {name} of ONNX ({how}, {'' if optimised else 'not '}optimised) is "
                    f"off by {error:.1e}, {allowed:.1e} is allowed",
                )
        return None


def _evaluated(shape: tuple[object, ...], sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(size if isinstance(size, int) else size.evaluate(sizes) for size in shape)  # type: ignore[attr-defined]
