"""Models written by our own writer are those that protobuf writes."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from archdsl import driver
from archdsl.backends.onnx import model, model_bytes
from archdsl.backends.onnx.wire import Tensor, varint, with_initializers
from archdsl.weights import initial_weights
from tests.onnx.nets import LAYERS, SHARED, SYMBOLIC, TINY, graph_of

Array = NDArray[np.generic]


@pytest.mark.parametrize("text", [TINY, SHARED, LAYERS, SYMBOLIC])
def test_networks(text: str, tmp_path: Path) -> None:
    graph = graph_of(text, tmp_path)
    weights = initial_weights(graph, 2)
    written = model_bytes(graph, weights)
    same = model(graph, weights)
    assert written == same.SerializeToString(deterministic=True)
    saved = io.BytesIO()
    onnx.save(same, saved)
    assert written == saved.getvalue()


def test_a_landmark() -> None:
    (graph,) = driver.load("specs/efficientnet.arch", "EfficientNetB0").graphs
    weights = initial_weights(graph)
    written = model_bytes(graph, weights)
    assert written == model(graph, weights).SerializeToString(deterministic=True)


ARRAYS: dict[str, Array] = {
    "scalar": np.array(1.5, np.float32),
    "whole number": np.array(-(2**60)),
    "int64": np.arange(300).reshape(3, 100),
    "double": np.linspace(0, 1, 7),
    "half": np.ones((1, 1, 2), np.float16),
    "bytes": np.arange(200, dtype=np.uint8),
    "columns": np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
    "every third": np.arange(30, dtype=np.float32)[::3],
    "high byte first": np.arange(5, dtype=">f4"),
    "größe/体/\n\u2028\"'": np.zeros(3, np.float32),
    "long" * 50: np.zeros((2, 1, 1, 1, 1, 1, 3), np.float32),
}


def tensor(name: str, array: Array) -> Tensor:
    kind = helper.np_dtype_to_tensor_dtype(array.dtype.newbyteorder("="))
    return Tensor(name, array.shape, kind, array.nbytes, lambda: iter([array]))


def full_model() -> onnx.ModelProto:
    """A model that has fields on all sides of what we write."""
    value = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["N", 3])
    relu = helper.make_node("Relu", ["x"], ["y"], "relu", doc_string="doc")
    first = numpy_helper.from_array(np.arange(3), "first")
    graph = helper.make_graph([relu], "g", [value], [value], [first], "doc", [value])
    graph.metadata_props.add(key="k", value="v")
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
    function = helper.make_function("own", "F", ["a"], ["b"], [relu], opsets[:1])
    made = helper.make_model(
        graph, functions=[function], opset_imports=opsets, producer_name="p", doc_string="doc"
    )
    helper.set_model_props(made, {"b": "1", "a": "2"})
    return made


@pytest.mark.parametrize("given", [full_model(), onnx.ModelProto()], ids=["full", "empty"])
def test_tensors_of_every_kind(given: onnx.ModelProto) -> None:
    tensors = [tensor(name, array) for name, array in ARRAYS.items()]
    written = b"".join(with_initializers(given, tensors))
    expected = onnx.ModelProto()
    expected.CopyFrom(given)
    for name, array in ARRAYS.items():
        plain = array.astype(array.dtype.newbyteorder("="))
        expected.graph.initializer.append(numpy_helper.from_array(plain, name))
    assert written == expected.SerializeToString(deterministic=True)


def test_one_tensor_at_a_time() -> None:
    made: list[str] = []

    def make(name: str) -> Iterator[Array]:
        made.append(name)
        yield np.zeros(2, np.float32)

    tensors = [
        Tensor(name, (2,), 1, 8, lambda name=name: make(name))  # type: ignore[misc]
        for name in "abc"
    ]
    parts = with_initializers(full_model(), tensors)
    seen = [list(made) for _ in parts]
    # The fields before; each tensor's head and elements; the fields after.
    assert seen == [[], [], ["a"], ["a"], ["a", "b"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c"]]


def test_a_tensor_that_is_not_as_announced() -> None:
    wrong = Tensor("a", (3,), 1, 12, lambda: iter([np.zeros(2, np.float32)]))
    with pytest.raises(AssertionError, match="a"):
        b"".join(with_initializers(full_model(), [wrong]))


def test_varints() -> None:
    # The examples of protobuf's documentation, and the ends of the first lengths.
    assert [varint(number) for number in (0, 1, 127, 128, 150, 2**14 - 1, 2**14)] == [
        b"\x00",
        b"\x01",
        b"\x7f",
        b"\x80\x01",
        b"\x96\x01",
        b"\xff\x7f",
        b"\x80\x80\x01",
    ]
