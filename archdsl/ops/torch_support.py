"""Helper modules that emitted PyTorch files define themselves, as source text.

Each is complete with its docstring, keeps the state-dict keys of the PyTorch module that it
stands in for, and works with `torch.compile(fullgraph=True)` and `torch.export`. They use the names
`torch`, `Tensor`, `nn` and `F` (torch.nn.functional), each only where it stands in the text.
"""

SUPPORT: dict[str, str] = {}
"""Source text by class name, formatted, without imports and without blank lines around it."""

_SIZES = {1: "int", 2: "int | tuple[int, int]", 3: "int | tuple[int, int, int]"}
_PADS = {rank: f"tuple[{', '.join(['int'] * (2 * rank))}]" for rank in (1, 2, 3)}


def _add(name: str, text: str) -> None:
    SUPPORT[name] = text.strip("\n")


_add(
    "DropPath",
    '''
class DropPath(nn.Module):
    """Stochastic depth: zeroes whole samples with probability p while training."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        keep = 1.0 - self.p
        mask = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        if keep > 0.0:
            mask.div_(keep)
        return x * mask

    def extra_repr(self) -> str:
        return f"p={self.p}"
''',
)

_add(
    "ChannelShuffle",
    '''
class ChannelShuffle(nn.Module):
    """Mixes channels: the first of every group, then the second ones, and so on."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        grouped = x.reshape(x.shape[0], self.groups, -1, *x.shape[2:])
        return grouped.transpose(1, 2).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
''',
)

_add(
    "Reshape",
    '''
class Reshape(nn.Module):
    """Gives each sample another shape; one size may be -1."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)

    def extra_repr(self) -> str:
        return ", ".join(str(size) for size in self.shape)
''',
)

_add(
    "ChannelLinear",
    '''
class ChannelLinear(nn.Linear):
    """A linear layer over the channels, at every position of a map."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
)

_add(
    "SelfAttention",
    '''
class SelfAttention(nn.Module):
    """Self-attention over positions, with the keys of nn.MultiheadAttention."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * channels, channels))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * channels))
        self.out_proj = nn.Linear(channels, channels)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        batch, length, _ = tokens.shape
        projected = F.linear(tokens, self.in_proj_weight, self.in_proj_bias)
        query, key, value = (
            part.reshape(batch, length, self.heads, -1).transpose(1, 2)
            for part in projected.chunk(3, dim=2)
        )
        attended = F.scaled_dot_product_attention(query, key, value)
        mixed: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return mixed.transpose(1, 2).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"heads={self.heads}"
''',
)

_add(
    "LocalResponseNorm3d",
    '''
class LocalResponseNorm3d(nn.LocalResponseNorm):
    """Local response normalisation of a volume, which PyTorch needs contiguous."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.contiguous())
''',
)

for _rank in (1, 2, 3):
    _add(
        f"LayerNorm{_rank}d",
        f'''
class LayerNorm{_rank}d(nn.LayerNorm):
    """Layer normalisation over the channels, at every position by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    )
    _add(
        f"PaddedConv{_rank}d",
        f'''
class PaddedConv{_rank}d(nn.Conv{_rank}d):
    """A convolution whose padding differs from side to side; pads as in F.pad."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: {_SIZES[_rank]},
        pads: {_PADS[_rank]},
        stride: {_SIZES[_rank]} = 1,
        dilation: {_SIZES[_rank]} = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        self.pads = pads
        self.pad_mode = "constant" if padding_mode == "zeros" else padding_mode

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.pads, mode=self.pad_mode))
''',
    )
    _add(
        f"PaddedMaxPool{_rank}d",
        f'''
class PaddedMaxPool{_rank}d(nn.MaxPool{_rank}d):
    """Max pooling whose padding differs from side to side; pads as in F.pad."""

    def __init__(
        self,
        kernel_size: {_SIZES[_rank]},
        stride: {_SIZES[_rank]},
        pads: {_PADS[_rank]},
        dilation: {_SIZES[_rank]} = 1,
    ) -> None:
        super().__init__(kernel_size, stride=stride, dilation=dilation)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = super().forward(F.pad(x, self.pads, value=float("-inf")))
        return pooled
''',
    )
    _add(
        f"PaddedAvgPool{_rank}d",
        f'''
class PaddedAvgPool{_rank}d(nn.AvgPool{_rank}d):
    """Average pooling whose padding differs from side to side; pads as in F.pad."""

    def __init__(
        self,
        kernel_size: {_SIZES[_rank]},
        stride: {_SIZES[_rank]},
        pads: {_PADS[_rank]},
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride=stride)
        self.pads = pads
        self.counts_pad = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        mean = super().forward(F.pad(x, self.pads))
        if self.counts_pad:
            return mean
        ones = torch.ones_like(x[:1, :1])
        return mean / super().forward(F.pad(ones, self.pads))
''',
    )
