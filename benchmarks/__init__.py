"""What archdsl costs, beside what one would otherwise use. `make bench` runs all of it.

Everything is a ratio measured in one run: the contestants take turns, so that a busy machine slows
all of them, and each round gives one ratio. A table shows the median ratio, and the smallest and
largest.

Where a goal is a number of milliseconds or bytes, the ratio is that of ours to the number.
`onnx` runs PyTorch's exporters as whole processes, which take most of the time; with
`--quick` on ResNet-50 alone. `gpu` needs a CUDA device, and is left out where there is none.
"""
