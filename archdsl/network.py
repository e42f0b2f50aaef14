"""The Python interface: `archdsl.load` and what it returns."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from archdsl import driver
from archdsl.analysis import Analysis, LayerFigures, render
from archdsl.backends import onnx, pytorch
from archdsl.backends.onnx import DEFAULT_OPSET
from archdsl.diagnostics import ArchError, Diagnostic, has_errors
from archdsl.elaborate.naming import snake_case
from archdsl.graph.ir import Graph
from archdsl.transfer.plan import Plan
from archdsl.visible import shown

if TYPE_CHECKING:
    from os import PathLike
    from types import ModuleType

    from numpy.typing import NDArray
    from onnx import ModelProto
    from torch import nn

    from archdsl.backends.diagram import Diagram


def load(
    path: "str | PathLike[str]",
    network: str | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    **arguments: object,
) -> "Network":
    """Compile one network of an `.arch` file, or one transfer plan with its network.

        net = archdsl.load("specs/resnet.arch", "ResNet50", classes=10)

    Args:
        path: the file.
        network: which of its networks and plans; may be left out where only one can be compiled.
        sizes: values of symbolic input sizes, such as ``{"H": 256}``.
        arguments: the network's parameters.

    Raises:
        ArchError: the source has errors; `diagnostics` has all of them.
        UsageError: the file cannot be read, or has no such network.
    """
    found = driver.load(str(path), network, arguments, sizes or {})
    if has_errors(found.diagnostics):
        raise ArchError(found.diagnostics)
    known = [Network(analysis.graph, analysis) for analysis in found.analyses]
    known += [Network(plan.graph, plan=plan) for plan in found.plans]
    if len(known) != 1:
        names = ", ".join(one.name for one in known)
        what = "networks and plans" if found.plans else "networks"
        raise driver.UsageError(
            f"{shown(str(path))} has {len(known)} {what} that can be compiled: name one of {names}"
            if known
            else f"{shown(str(path))} has no network whose parameters all have values"
        )
    return known[0]


class Network:
    """A compiled network; MACs, memory and the like are those of one sample in evaluation."""

    def __init__(
        self, graph: Graph, analysis: Analysis | None = None, plan: Plan | None = None
    ) -> None:
        """`analysis` is that of the graph, where some of its figures are at hand already; `plan` is
        by what the network is to be trained.
        """
        self.graph = graph
        self.plan = plan
        self._analysis = analysis or Analysis(graph)

    @property
    def name(self) -> str:
        return self.graph.name if self.plan is None else self.plan.name

    @property
    def params(self) -> int:
        """Elements of all parameters."""
        return self._analysis.params

    @property
    def trainable_params(self) -> int:
        """Elements of all parameters that training changes; of a plan, those that learn at its
        end.
        """
        if self.plan is None:
            return self._analysis.trainable_params
        from archdsl.transfer.schedule import Schedule

        return Schedule(self.plan, self._analysis).trainable_params

    @property
    def buffers(self) -> int:
        """Elements that are stored but not trained, such as running statistics."""
        return self._analysis.buffers

    @property
    def macs(self) -> int | None:
        """Multiply-adds of convolutions and linear layers; None where a size has no value."""
        return self._analysis.macs

    @property
    def flops(self) -> int | None:
        """Two for each multiply-add."""
        return self._analysis.flops

    @property
    def activations(self) -> int | None:
        """Elements of the results of all steps."""
        return self._analysis.activations

    @property
    def peak_memory(self) -> int | None:
        """Bytes of the largest set of activations alive at once, batch 1, float32."""
        return self._analysis.peak_memory

    @property
    def depth(self) -> int:
        """Convolutions and linear layers on the longest path."""
        return self._analysis.depth

    @property
    def layers(self) -> int:
        """Layers that bear a name."""
        return self._analysis.layers

    @property
    def receptive_field(self) -> int | float | tuple[int | float | None, ...] | None:
        """Input positions that a position of the last map before global pooling sees."""
        return self._analysis.receptive_field

    @property
    def stride(self) -> int | float | tuple[int | float | None, ...] | None:
        """Input positions between neighbours of that map."""
        return self._analysis.stride

    @property
    def output_shapes(self) -> dict[str, tuple[int, ...] | None]:
        """The shapes of the outputs in evaluation mode, by name, without the batch."""
        return self._analysis.output_shapes

    def layer(self, path: str) -> LayerFigures:
        """The figures of a layer, block or named value (`layer3.0.conv1`).

        Raises:
            KeyError: the network has none at that path.
        """
        found = self._analysis.layer(path)
        if found is None:
            raise KeyError(f"{self.name} has no layer or value {path!r}")
        return found

    def summary(self, depth: int | None = None, fold: bool = True) -> "Summary":
        """The table of layers: shows itself in a terminal and in a notebook.

        Args:
            depth: levels of blocks to show; as many as fit a terminal if None.
            fold: whether alike neighbours share a row.
        """
        return Summary(self._analysis, depth, fold)

    def diagram(
        self,
        level: str = "block",
        *,
        direction: str = "TB",
        theme: str = "light",
        show: Sequence[str] = (),
        label: str | None = None,
        engine: str | None = None,
        timeout: float = 20.0,
    ) -> "Diagram":
        """A diagram: shows itself in a notebook, and writes itself with `save("net.svg")`.

        Args:
            level: of detail: stage, block or layer.
            direction: TB (from top to bottom) or LR (from left to right).
            theme: light, dark or print.
            show: figures on each node, of params, macs and field.
            label: what stands on nodes, such as ``"{name}: {op}({args})"``. The fields are path,
                name, op, args, shape, params, macs, field, block, doc and line.
            engine: what makes pictures: graphviz-pure or dot; the first that is there if None.
            timeout: the seconds after which a coarser level is drawn.

        Raises:
            ValueError: there is no such level, direction, theme, figure, field or engine.
        """
        from archdsl.backends.diagram import Diagram, Look

        look = Look(level, direction, theme, tuple(show), engine, timeout, label)
        return Diagram(self._analysis, look, self._findings, self.plan)

    def lint(self) -> tuple[Diagnostic, ...]:
        """What `archdsl lint` says of this network, in the order of the source."""
        return tuple(self._findings())

    def _findings(self) -> dict[Diagnostic, tuple[int, ...]]:
        """The same, with the steps that have it."""
        from archdsl.lint.catalogue import selected

        return driver.lint_network(self._analysis, selected())

    def source(self, target: str = "pytorch") -> str:
        """The text that `archdsl compile` writes.

        Raises:
            ArchError: an extern op names no PyTorch class.
            ValueError: there is no such target.
        """
        if target != "pytorch":
            raise ValueError(f'there is no target {target!r}; there is "pytorch"')
        return self._source

    @cached_property
    def _source(self) -> str:
        lacking = pytorch.unsupported(self.graph)
        if lacking:
            raise ArchError(lacking)
        return pytorch.emit(self.graph) if self.plan is None else pytorch.emit_plan(self.plan)

    def module(self) -> "nn.Module":
        """A new module with PyTorch's default initialisation, from exactly the text of `source`.
        That of a plan has methods that load weights, freeze and unfreeze.

        Raises:
            ArchError: an extern op names no PyTorch class.
            ImportError: PyTorch is not installed, or what an extern op names cannot be imported.
        """
        module: nn.Module = getattr(self._python, pytorch.class_name(self.plan or self.graph))()
        return module

    def onnx(
        self,
        weights: "Mapping[str, NDArray[Any]] | str | PathLike[str] | None" = None,
        *,
        seed: int = 0,
        opset: int = DEFAULT_OPSET,
        fold_norm: bool = False,
        functions: bool = False,
    ) -> "ModelProto":
        """The network in evaluation mode as an ONNX model with its weights.

        Args:
            weights: arrays by path, such as those of a state dict, or a `.safetensors`, `.npz`,
                `.pt` or `.pth` file; without them PyTorch's default initialisation from `seed`.
            seed: of the initial weights.
            opset: from 13 to the newest one of the installed onnx.
            fold_norm: fold batch norms into the layers before them where that is possible: fewer
                nodes, the same outputs within float32 rounding.
            functions: keep blocks, as ONNX's local functions, so that viewers show the structure.

        Raises:
            ArchError: ONNX cannot express a layer, or the file's tensors are not the network's.
            ImportError: onnx is not installed.
            KeyError, ValueError: an array is missing or has another shape.
            WeightsError: the file cannot be read.
            TooLarge: the weights take 2 GiB or more; `save_onnx` writes such a network.
        """
        self._check_expressible(opset)
        arrays = self._weights(weights, seed)
        return onnx.model(self.graph, arrays, opset, fold_norm=fold_norm, functions=functions)

    def save_onnx(
        self,
        path: "str | PathLike[str]",
        weights: "Mapping[str, NDArray[Any]] | str | PathLike[str] | None" = None,
        *,
        seed: int = 0,
        opset: int = DEFAULT_OPSET,
        fold_norm: bool = False,
        functions: bool = False,
        external_data: bool | None = None,
    ) -> None:
        """Write what `onnx` returns to a file, with no more than one of its weights in memory.

        Args:
            path: its name ends in `.onnx`. The file appears whole or not at all.
            external_data: whether the weights go to a second file, which the first one names; if
                None, past 1.5 GB of them.

        The others are those of `onnx`.

        Raises:
            ValueError: the path has another ending.
            OutputError: a file cannot be written; nothing was changed.
            TooLarge: the weights take 2 GiB or more, and `external_data` is false.
            What `onnx` raises.
        """
        self._check_expressible(opset)
        onnx.save(
            str(path),
            self.graph,
            self._weights(weights, seed),
            opset,
            fold_norm=fold_norm,
            functions=functions,
            external=external_data,
        )

    def _check_expressible(self, opset: int) -> None:
        lacking = onnx.unsupported(self.graph, opset)
        if lacking:
            raise ArchError(lacking)

    def _weights(
        self, given: "Mapping[str, NDArray[Any]] | str | PathLike[str] | None", seed: int
    ) -> "Mapping[str, NDArray[Any]]":
        from archdsl.weights import initial_weights, read_weights

        if given is None:
            return initial_weights(self.graph, seed)
        if isinstance(given, Mapping):
            return given
        found = read_weights(self.graph, str(given))
        if isinstance(found, Diagnostic):
            raise ArchError((found,))
        return found

    @cached_property
    def _python(self) -> "ModuleType":
        """The generated text as a Python module, known to `pickle`, `inspect` and tracebacks."""
        try:
            import torch  # noqa: F401  # the generated text would fail with a message of its own
        except ImportError as error:
            raise ImportError(
                "module() needs PyTorch, which is not installed: pip install 'archdsl[torch]'"
            ) from error
        import hashlib
        import linecache
        import sys
        from types import ModuleType

        text = self._source
        # The same text gets the same name, so that a pickled module finds its class again.
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        name = f"archdsl_compiled_{snake_case(self.name)}_{digest}"
        if name not in sys.modules:
            python = ModuleType(name)
            python.__file__ = f"<{name}>"
            linecache.cache[python.__file__] = (
                len(text),
                None,
                text.splitlines(True),
                python.__file__,
            )
            sys.modules[name] = python
            try:
                exec(compile(text, python.__file__, "exec"), python.__dict__)  # noqa: S102
            except BaseException:
                # The class of an extern op may be missing now, and there the next time.
                del sys.modules[name]
                raise
        return sys.modules[name]

    def __repr__(self) -> str:
        return f"<Network {self.name}: {self.params:,} parameters>"

    def _repr_html_(self) -> str:
        """The picture and the table, for a notebook."""
        return self.diagram(timeout=5).fragment() + render.html(self._analysis)


class Summary:
    """A network's table: `str` gives it as text, a notebook shows it as HTML."""

    def __init__(self, analysis: Analysis, depth: int | None, fold: bool) -> None:
        self._analysis = analysis
        self._depth = depth
        self._fold = fold

    def __str__(self) -> str:
        return render.text(self._analysis, self._depth, self._fold)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return render.html(self._analysis, self._depth, self._fold)

    def to_json(self) -> str:
        """What `archdsl summary --format json` prints: every layer, whatever the depth."""
        from archdsl.reports import summary, to_json

        return to_json(summary(self._analysis))

    def to_csv(self) -> str:
        """A line for every layer."""
        return render.csv(self._analysis)

    def to_markdown(self) -> str:
        """The table as Markdown."""
        return render.markdown(self._analysis, self._depth, self._fold)
