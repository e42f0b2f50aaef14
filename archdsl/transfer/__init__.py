"""Plans of transfer learning: which part of a network learns, how fast, and from which epoch on.

- `plan`: a checked plan, in which every parameter of the network has its group.
- `planning`: the body of a `transfer`, run over its network.
- `calls`, `layers`: the arguments of its calls, and which layers they name.
- `checkpoint`: the weights file against the network.
- `grouping`, `strategies`, `stages`: from calls to groups.
- `schedule`, `tables`: what a plan trains in which epoch, and the summary of it.
- `tree`: the layers of a network that learn, by path.

Only a file that has a `transfer` loads anything of this.
"""
