"""A comment silences a finding without saying why.

Whoever reads it later cannot tell whether the reason still holds.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> bn -> relu  # archdsl: ignore[P108]
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
  conv(16, stride=2) -> bn -> relu  # archdsl: ignore[P108] the published weights have the bias
  conv(32, stride=2, bias=false) -> bn -> relu
  conv(64, stride=2, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

A silenced finding is a decision, and a decision without its reason cannot be revised.

## When to ignore it

Ignore it for a project (`--ignore S403`) whose reasons stand elsewhere.
"""
