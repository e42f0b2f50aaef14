"""Programs as whole processes."""

import os
import subprocess
import sys
import tempfile
from types import TracebackType

ENTRY = "import sys; from archdsl.cli import entry; sys.exit(entry())"
"""What the installed `archdsl` script runs."""


class Processes:
    """Runs Python programs with their bytecode cached, as that of an installed package is."""

    def __init__(self) -> None:
        self._cache = tempfile.TemporaryDirectory()
        self._settings = {
            **os.environ,
            "PYTHONPYCACHEPREFIX": self._cache.name,
            "PYTHONPATH": os.getcwd(),
        }
        self._settings.pop("PYTHONDONTWRITEBYTECODE", None)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cache.cleanup()

    def run(self, program: str, *words: str) -> None:
        """Run the text of a program to its end.

        Raises:
            RuntimeError: it failed; the text has what it wrote to stderr.
        """
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(
            command,
            env=self._settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{words} ended with {done.returncode}\n{done.stderr}")

    def peak(self, program: str, *words: str) -> int:
        """The same; returns the most bytes of memory that the process had at once (Linux alone)."""
        with tempfile.NamedTemporaryFile("r") as report:
            self.run(_REPORTING.format(report.name) + program, *words)
            return 1024 * int(report.read())


# What `resource` says of a child counts its parent's memory, from before the program began.
_REPORTING = """
import atexit, os
def report():
    with open("/proc/self/status") as status, open({!r}, "w") as file:
        file.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
def leave(code, leave=os._exit):
    report()
    leave(code)
os._exit = leave
atexit.register(report)
"""
