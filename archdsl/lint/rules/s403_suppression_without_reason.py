"""A comment silences a finding without saying why.

Whoever reads it later cannot tell whether the reason still holds.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(16) -> bn -> relu  # archdsl: ignore[P108]
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(16) -> bn -> relu  # archdsl: ignore[P108] the published weights have the bias
  gap -> flatten
  fc = linear(10)
}
```

## Why

A silenced finding is a decision, and a decision without its reason cannot be revised.

## When to ignore it

Ignore it for a project (`--ignore S403`) whose reasons stand elsewhere.
"""
