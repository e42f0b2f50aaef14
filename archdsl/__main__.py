"""`python -m archdsl`: imports nothing from the current folder, as the program `archdsl` does."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]
    from archdsl.cli import entry

    entry()
