"""Every landmark: the emitted PyTorch module and the ONNX model on the same calibrated weights."""

import pytest
import torch

from archdsl.backends import onnx
from tests.onnx.running import arrays, difference, outputs, run
from tests.parity.calibration import calibrate, check_reacts
from tests.parity.landmarks import LANDMARKS, Landmark
from tests.parity.test_landmarks import compiled, images, load

# These differ from the ones that are run in depth and width alone; running them takes minutes.
DEEPER = {
    *(f"EfficientNetB{number}" for number in (2, 3, 4, 6, 7)),
    *("ResNet34", "ResNet101", "ResNet152", "ResNet101_v1", "ResNet152_v1"),
    *("VGG11", "VGG13", "VGG13_BN", "VGG16", "VGG16_BN", "VGG19", "VGG19_BN"),
    *("MobileNetV1_075", "MobileNetV1_050"),
}
# Each option makes another model to run; these have blocks of all kinds.
WITH_OPTIONS = {"GoogLeNet", "ResNet50", "MobileNetV2", "EfficientNetB0"}
RUN = [landmark for landmark in LANDMARKS if str(landmark) not in DEEPER]


@pytest.mark.parametrize("landmark", RUN, ids=str)
def test_outputs_equal_pytorch(landmark: Landmark) -> None:
    torch.set_num_threads(1)
    module = compiled(landmark).to_empty(device="cpu")
    # Statistics of two samples would make a network this deep amplify rounding without bounds.
    calibrate(module, images(landmark, 0, batch=12 if landmark.spec == "efficientnet" else 2))
    inputs = images(landmark, 1, batch=2)
    check_reacts(module, inputs, images(landmark, 2, batch=2))
    model = onnx.model_bytes(load(landmark).graph, arrays(module))
    found = run(model, (inputs,))
    expected = outputs(module, (inputs,))
    assert len(found) == len(expected) == 1
    assert difference(found[0], expected[0]) < 1e-4
    if str(landmark) in WITH_OPTIONS:
        weights = arrays(module)
        for functions in (False, True):
            changed = onnx.model_bytes(
                load(landmark).graph, weights, fold_norm=True, functions=functions
            )
            (again,) = run(changed, (inputs,))
            assert difference(again, expected[0]) < 1e-4


@pytest.mark.parametrize("landmark", LANDMARKS, ids=str)
def test_every_landmark_has_a_model(landmark: Landmark) -> None:
    """Checked without weights: names, types and shapes of all of them."""
    from archdsl.backends.onnx.check import check
    from archdsl.backends.onnx.plan import plan
    from archdsl.backends.onnx.writer import skeleton

    graph = load(landmark).graph
    for opset in (onnx.OLDEST_OPSET, onnx.DEFAULT_OPSET, onnx.newest_opset()):
        assert not onnx.unsupported(graph, opset)
        check(skeleton(graph, plan(graph, opset), opset))
