"""One file a rule: its docstring is its page and holds its tests, `check` yields its findings.

The examples of a page are linted by the tests: a block marked ``arch findings=2`` has that many
findings of its rule and no other, one marked ``arch`` has none.
"""
