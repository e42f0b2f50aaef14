"""Whether what archdsl writes for a network agrees: the emitted PyTorch module, the ONNX model in
onnxruntime, and the analysis.

- `calibrate`: weights and inputs under which a mistake shows in the output.
- `compare`: two results against each other, by what float32 itself is off.

torch and numpy are imported with it.
"""
