"""`python -m archdsl`."""

from archdsl.cli import entry

if __name__ == "__main__":
    entry()
