"""A comment silences a finding that is not there.

The network has changed, or the code is misspelt; should the finding come back, nobody would see it.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2, bias=false) -> bn -> relu  # archdsl: ignore[P108] the weights have it
  conv(32, stride=2, bias=false) -> bn -> relu
  conv(64, stride=2, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2, bias=false) -> bn -> relu
  conv(32, stride=2, bias=false) -> bn -> relu
  conv(64, stride=2, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Comments that no longer do anything hide the ones that do. A comment is judged only in files
without errors, and only if every rule that it names has run.

## When to ignore it

While a network is being changed back and forth.
"""
