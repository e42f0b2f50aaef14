"""Runs of the command line under an audit hook of Python's: `python -m tests.hostile.audited`.

Reads JSON from standard input: a folder, and commands as lists of words; the folder is a project,
and a command may write into its `out` and into the files of its `own`. Writes a JSON list of what
was done that may not be done, each with the command that did it.

`verify` may run what archdsl wrote, and `view` may listen on the loopback address and open the
browser of `BROWSER`; what `view` prints is printed.
"""

import contextlib
import io
import json
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

READ = os.O_RDONLY
CHANGING = {
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.setxattr": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
    "shutil.rmtree": 1,
}
"""Events of changes to files, and how many paths they come with."""

NEVER = (
    *("ftplib.", "http.", "imaplib.", "poplib.", "smtplib.", "telnetlib.", "urllib."),
    *("os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.posix_spawn", "os.spawn"),
    *("os.startfile", "os.system", "pty.spawn", "webbrowser.open"),
    *("ctypes.dlopen", "ctypes.call_function", "pickle.find_class", "sys.settrace"),
)
"""Events that nothing brings about; those of ctypes and pickle outside of libraries only."""

WRITTEN = "<archdsl_compiled_"
"""How the name of the file begins that an emitted module has, and only it."""

LDCONFIG = ["/sbin/ldconfig", "-p"]
"""By which PyTorch looks for libraries, through Python's `ctypes.util`, while it is loaded."""

LOOPBACK = "127.0.0.1"

CONFIGURATIONS = ("archdsl.toml", "pyproject.toml", ".git")


class Watch:
    """What happens in this process and may not."""

    def __init__(self, folder: str, cache: str) -> None:
        self.found: list[str] = []
        self.command = "import"
        self._busy = False
        project = self._project = os.path.realpath(folder)
        paths = sysconfig.get_paths()
        libraries = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        bases = {sys.prefix, sys.base_prefix, sysconfig.get_config_var("installed_base")}
        self._libraries = tuple({os.path.realpath(path) for path in (*libraries, *bases) if path})
        self._code = (*self._libraries, str(ROOT / "archdsl"))
        self._readable = (*self._code, str(ROOT / "specs"), project, cache, "/dev", "/proc", "/sys")
        self._writable = (os.path.join(project, "out"), os.path.join(project, "own"), cache)
        self._above = {str(parent) for parent in Path(project).parents}

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            complaint = self._complaint(event, arguments)
        finally:
            self._busy = False
        if complaint:
            self.found.append(f"{self.command}: {event} {complaint}")

    def _complaint(self, event: str, arguments: tuple[object, ...]) -> str:
        if event == "open":
            return self._opened(*arguments)
        if event == "exec":
            return self._executed(arguments[0])
        if event in ("os.listdir", "os.scandir"):
            # What imports look for on the way is Python's own affair.
            return "" if self._of_library() else self._outside(arguments[0], self._readable)
        if event in CHANGING:
            paths = arguments[: CHANGING[event]]
            return "".join(self._outside(path, self._writable) for path in paths)
        if event == "subprocess.Popen":
            return self._started(*arguments[:2])
        if event.startswith("socket."):
            return "" if self._listens(event, arguments) else str(arguments)
        if event.startswith(NEVER) and not self._of_library():
            return str(arguments)
        return ""

    def _opened(self, path: object, mode: object, flags: object) -> str:
        if isinstance(path, int) or path == os.devnull:
            return ""
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        outside = self._outside(path, self._writable if writes else self._readable)
        if outside and not writes and isinstance(path, str):
            folder, name = os.path.split(path)
            if folder in self._above and name in CONFIGURATIONS:
                return ""
        if outside and not writes and self._of_library():
            return ""  # what PyTorch looks at while it is loaded
        return outside

    def _executed(self, code: object) -> str:
        """Code of archdsl, of libraries, and what these make of their own."""
        name = getattr(code, "co_filename", "")
        if name.startswith(WRITTEN) and self.command.startswith("verify "):
            return ""
        if name.startswith("<frozen ") or self._is_in(os.path.realpath(name), self._code):
            return ""
        # The names of what libraries make, such as "<string>", are no paths.
        is_of_project = os.path.isabs(name) and not self._outside(name, (self._project,))
        return "" if self._of_library() and not is_of_project else name

    def _started(self, program: object, words: object) -> str:
        if words == LDCONFIG and self._of_library():
            return ""
        name = os.path.basename(str(program))
        if isinstance(words, list) and words[:1] == [os.environ.get("BROWSER")]:
            shown = re.fullmatch(rf"http://{LOOPBACK}:\d+/[\w-]{{20,}}/", words[1])
            return "" if shown and len(words) == 2 and self.command.startswith("view ") else name
        plain = isinstance(words, list) and words[1:] in (["-q", "-Tsvg"], ["-q", "-Tpng"])
        return "" if name in ("graphviz-pure", "dot") and plain else f"{program} {words}"

    def _listens(self, event: str, arguments: tuple[object, ...]) -> bool:
        if not self.command.startswith("view "):
            return False
        if event == "socket.bind":
            return isinstance(arguments[1], tuple) and arguments[1][0] == LOOPBACK
        return event == "socket.__new__"

    def mapped(self) -> Iterator[str]:
        """Machine code from the project that was loaded: no event of Python's tells of all."""
        for line in Path("/proc/self/maps").read_text().splitlines():
            _, access, _, _, _, *path = line.split(maxsplit=5)
            if "x" in access and path and self._is_in(path[0], (self._project,)):
                yield f"machine code of {path[0]}"

    def _outside(self, path: object, roots: tuple[str, ...]) -> str:
        if isinstance(path, int) or path is None:
            return ""
        real = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        return "" if self._is_in(real, roots) else f"{path!r} "

    @staticmethod
    def _is_in(path: str, roots: tuple[str, ...]) -> bool:
        return any(path == root or path.startswith(root + os.sep) for root in roots)

    def _of_library(self) -> bool:
        """Whether the code that brought an event about belongs to a library, not to archdsl."""
        frame = sys._getframe(1)
        while frame and frame.f_code.co_filename == __file__:
            frame = frame.f_back  # type: ignore[assignment]
        name = os.path.realpath(frame.f_code.co_filename) if frame else ""
        return self._is_in(name, self._libraries) or name.rpartition("/")[2].startswith("<frozen ")


def run(main: Callable[[list[str]], int], words: list[str]) -> int:
    """The exit code of a command; what it prints goes nowhere."""
    with (
        io.TextIOWrapper(io.BytesIO()) as out,
        io.TextIOWrapper(io.BytesIO()) as err,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        return main(words)


def _main() -> None:
    given = json.load(sys.stdin)
    os.chdir(given["folder"])
    watch = Watch(given["folder"], os.environ["ARCHDSL_CACHE_DIR"])
    sys.addaudithook(watch.hook)
    from archdsl.cli import main

    for words in given["commands"]:
        watch.command = " ".join(words)
        code = main(words) if words[0] == "view" else run(main, words)
        if code not in (0, 1, 2):
            watch.found.append(f"{watch.command}: exit code {code}")
    sys.stdout.write(json.dumps([*watch.found, *watch.mapped()]))


if __name__ == "__main__":
    _main()
