"""Whether what archdsl emits trains on a GPU, and as fast as what is written by hand.

`python -m benchmarks gpu` runs all of it in a few minutes on one CUDA device, `python -m
benchmarks.gpu PART…` some of it; `--device cpu` rehearses it with tiny sizes and without a
compiler, for whoever changes it.

- `training`: every landmark network under bfloat16 autocast, its tensors channels-last.
- `parity`: outputs, losses and gradients beside torchvision's, from the same weights.
- `half`: float16 with scaled losses.
- `plans`: transfer plans freeze, unfreeze and learn at their rates.
- `compiled`: `torch.compile` takes whole networks as one graph, and they train.
- `figures`: time and memory beside torchvision's.

A line a network is printed as soon as it is known, so that a run that is cut off leaves what it
had. What fails is a line as well, and the rest goes on.
"""
