"""Exact symbolic sizes: `size` has the arithmetic, `bounds` their range, `text` how they read."""
