"""Random networks as source text: blocks with optional parts, branches, levels, loops and shared
layers.

Every network is legal by construction: maps keep their size but for pools, and merges join equal
channels. Here few blocks recur with many arguments, for what lines them up in classes;
`tests/differential` draws networks over every op.
"""

import random


class Writer:
    """Writes one network from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.blocks: list[str] = []

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def network(self) -> str:
        """The whole file."""
        blocks = [self.block(name) for name in ("Alpha", "Beta", "Gamma")]
        body = [
            "  input x: image[3, 16, 16]",
            "  entry = conv(8)",
            *self.statements("  ", 8, 3, self.random.randint(2, 5)),
            "  gap",
            "  flatten",
            "  head = linear(3)",
        ]
        return "\n".join(["arch 1", *blocks, "network Random {", *body, "}", ""])

    def block(self, name: str) -> str:
        """A block with `c` channels throughout, and parts that depend on its parameters."""
        choice = self.random.choice
        act = choice(["relu", "silu", "sigmoid", "leaky_relu(0.2)"])
        lines = [f"block {name}(c: int, n: int = 1, wide: bool = false, act: block = relu) {{"]
        if self.random.random() < 0.7:
            lines += ['  "A block."']
        if self.random.random() < 0.5:
            lines += ["  let hidden = c * 2 if wide else c"]
            inner = [f"a1 = conv(hidden, {choice([1, 3])}) -> bn", "act", "a2 = conv(c, 1)"]
        else:
            inner = [
                choice(["p = conv(c) -> bn -> act", "p = conv(c, 1)", f"bn -> {act} -> conv(c)"])
            ]
        if self.random.random() < 0.6:
            inner += ["if wide { w = conv(c, 5) -> bn }"]
        if self.random.random() < 0.4:
            inner += ['repeat n as i { "r{i}" = conv(c) -> relu }']
        if self.random.random() < 0.3:
            inner += ["if n > 1 { dropout(0.1) } "]
        kind = choice(["plain", "residual", "if", "project", "gate", "concat"])
        if kind == "plain":
            lines += [f"  {line}" for line in inner]
        elif kind in ("residual", "project"):
            lines += ["  residual {", *(f"    {line}" for line in inner)]
            lines += [f"  }} shortcut {choice(['', 'down = '])}project", f"  {act}"]
        elif kind == "if":
            lines += ["  residual if c == input.channels and n == 1 {"]
            lines += [*(f"    {line}" for line in inner), "  }"]
        elif kind == "gate":
            lines += [f"  {line}" for line in inner]
            lines += ["  base = prev", "  gap -> pointwise(c) -> sigmoid", "  mul [prev, base]"]
        else:
            lines += ["  concat [", *("    " + self.branch(c) + "," for c in ("c", "2 * c")), "  ]"]
            lines += ["  out = pointwise(c)"]
        return "\n".join([*lines, "}"])

    def branch(self, c: str) -> str:
        return self.random.choice(
            [
                f"conv({c})",
                f"conv({c}, 1) -> bn -> relu",
                f"b{c[0]} = conv({c}) -> bn",
                f"{{ conv({c}); relu }}",
            ]
        )

    def call(self, c: int) -> str:
        name = self.random.choice(["Alpha", "Beta", "Gamma"])
        args = [str(c)]
        if self.random.random() < 0.4:
            args.append(f"n={self.random.randint(1, 3)}")
        if self.random.random() < 0.4:
            args.append(f"wide={self.random.choice(['true', 'false'])}")
        if self.random.random() < 0.2:
            args.append(f"act={self.random.choice(['silu', 'tanh'])}")
        return f"{name}({', '.join(args)})"

    def statements(self, indent: str, c: int, depth: int, count: int) -> list[str]:
        """Statements that take and give `c` channels."""
        lines: list[str] = []
        for _ in range(count):
            lines += self.statement(indent, c, depth)
        return lines

    def statement(self, indent: str, c: int, depth: int) -> list[str]:
        kind = self.random.randrange(12 if depth else 4)
        name = self.name("v")
        if kind == 0:
            return [f"{indent}{name} = conv({c}) -> bn -> relu"]
        if kind == 1:
            return [f"{indent}{name} = {self.call(c)}"]
        if kind == 2:
            return (
                [f"{indent}{name} = conv({c}, 1)", f"{indent}relu"]
                if depth == 3
                else [f"{indent}{name} = conv({c}, 1)"]
            )
        if kind == 3:
            return [f"{indent}{name} = {{ {self.call(c)}; {self.call(c)}; {self.call(c)} }}"]
        if kind == 4:
            inner = self.statements(indent + "  ", c, depth - 1, 2)
            return [f"{indent}{name} = {{", *inner, f"{indent}}}"]
        if kind == 5:
            inner = self.statements(indent + "  ", c, depth - 1, 2)
            return [f"{indent}residual {{", *inner, f"{indent}}}"]
        if kind == 6:
            one, two = self.name("b"), self.name("b")
            flow = f"concat [{one} = conv({c}) -> relu, {two} = conv({c}), prev]"
            return [f"{indent}{flow}", f"{indent}{name} = pointwise({c})"]
        if kind == 7:
            return [
                f"{indent}{name} = conv({c})",
                f"{indent}{name}b = conv({c}) -> sigmoid",
                f"{indent}mul [prev, {name}]",
            ]
        if kind == 8:
            return [
                f"{indent}shared {name} = {self.random.choice([f'conv({c})', self.call(c)])}",
                f"{indent}{name}a = prev -> {name}",
                f"{indent}{name}b = {name}a -> {name}",
                f"{indent}add [{name}a, {name}b]",
            ]
        if kind == 9:
            return [
                f"{indent}{name}a, {name}b = chunk(2)",
                f"{indent}{name}c = {name}b -> conv({c // 2})",
                f"{indent}concat [{name}c, {name}a]",
            ]
        if kind == 10:
            return [f'{indent}repeat 2 as i {{ "{name}x{{i}}" = {self.call(c)} }}']
        return [f'{indent}"{name}-s" = conv({c}) -> bn']


def network(seed: int) -> str:
    """The text of a random network, always the same for a seed."""
    return Writer(seed).network()
