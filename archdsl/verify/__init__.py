"""Whether what archdsl writes for a network agrees: the emitted PyTorch module, the ONNX model in
onnxruntime, and the analysis.

- `calibrate`: weights and inputs under which a mistake shows in the output.
- `compare`: two results against each other, by what float32 itself is off.
- `cases`: at which batch and input sizes.
- `running`: the module and the model, made and run.
- `tensors`, `counting`: names, shapes and multiply-adds, each counted apart from the analysis.
- `locate`: the first step whose result differs.
- `check`: all of these for one network; `report`: what they found, and its text.

Besides `Network.module`, this is the one part that runs generated code. torch, numpy, onnx and
onnxruntime are imported with its files.
"""

from archdsl.loading import load_onnxruntime, load_torch

load_torch()
load_onnxruntime()
