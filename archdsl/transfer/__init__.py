"""Plans of transfer learning: which part of a network learns, how fast, and from which epoch on.

- `plan`: a checked plan, in which every parameter of the network has its group.

Only a file that has a `transfer` loads anything of this.
"""
