"""The linter: pitfalls of network design, with numbers.

- `catalogue`: all rules, by code; `rules`: one file each.
- `net`, `finding`: what a rule looks at, and what it yields.
- `engine`: runs rules over the networks of a file, one finding for each place.
- `suppressions`: the comments that silence findings.
"""
