"""Linting many files: which ones, from the cache or anew, mended, and shown.

- `files`: from the paths of a command line to files.
- `run`: files through the cache, and through several processes.
- `stored`: findings as text, for the cache.
- `fixing`: fixes applied until nothing changes.
- `baseline`: findings that are known and pass.
"""
