"""Runs the examples of a document, in order, in a folder of its own.

```arch            must check clean; `E301` beside the language: must have exactly these codes
```arch body       the statements of a network on `image[3, H=224, W=224]`
```arch file=x     also written to the file x, for the blocks below
```arch inside=x   statements, added to the end of the last body of the file x
```console         commands behind `$`, and what they print; `...` stands for anything
```python          is executed; `file=x`: written to the file x instead
```python from=x:C  the class or function C of the file x, as a command above has written it
```pycon           a session of the interpreter
"""

import ast
import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

from archdsl import driver
from tests.docs.markdown import Fence

ROOT = Path(__file__).parent.parent.parent
WRAPPED = "network Example {{\n  input image: image[3, H=224, W=224]\n{}}}\n"
PROMPT = "$ "
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Document:
    """One document's folder, with the shipped specs in it; a place to run its blocks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, object] = {}
        shutil.copytree(ROOT / "specs", folder / "specs")
        self._bin = folder / ".bin"
        self._bin.mkdir()
        self._command("archdsl", "-m archdsl")
        self._command("python", "")

    def _command(self, name: str, arguments: str) -> None:
        path = self._bin / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        path.chmod(0o755)

    def rerun(self, fence: Fence) -> str:
        """The text that a block should have; raises where only an author can mend it."""
        match fence.language:
            case "arch":
                return self._arch(fence)
            case "console":
                return self._console(fence)
            case "python":
                return self._python(fence)
            case "pycon":
                return self._session(fence)
        return fence.text

    def _arch(self, fence: Fence) -> str:
        holder = fence.option("inside")
        path = self.folder / (fence.option("file") or holder or "example.arch")
        text = fence.text
        if "body" in fence.words:
            text = WRAPPED.format(text)
        if holder:
            before = path.read_text().rstrip().removesuffix("}")
            text = f"{before}\n{text}}}\n"
        path.write_text(text)
        wanted = {word for word in fence.words if word[0] in "EWI" and word[1:].isdigit()}
        found = driver.check(str(path)).diagnostics
        codes = {diagnostic.code for diagnostic in found}
        assert codes == wanted, (
            "\n".join(
                f"{diagnostic.span}: {diagnostic.code} {diagnostic.message}" for diagnostic in found
            )
            or f"no {', '.join(wanted)}"
        )
        return fence.text

    def _console(self, fence: Fence) -> str:
        lines: list[str] = []
        for command, shown in _commands(fence.text):
            found = self._output(command)
            same = doctest.OutputChecker().check_output(shown, found, doctest.ELLIPSIS)
            lines += [f"{PROMPT}{command}\n", shown if same else found]
        return "".join(lines)

    def _output(self, command: str) -> str:
        """What a command prints to both streams."""
        environment = {
            **os.environ,
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            command,
            shell=True,
            check=False,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    def _python(self, fence: Fence) -> str:
        target, origin = fence.option("file"), fence.option("from")
        if origin:
            path, _, name = origin.partition(":")
            return _definition(self.folder / path, name)
        if target:
            (self.folder / target).write_text(fence.text)
        else:
            exec(compile(fence.text, "example", "exec"), self.names)  # noqa: S102
        return fence.text

    def _session(self, fence: Fence) -> str:
        test = doctest.DocTestParser().get_doctest(fence.text, self.names, "session", None, 0)
        runner = _Session()
        runner.run(test, clear_globs=False)
        self.names.update(test.globs)
        lines = fence.text.splitlines(keepends=True)
        for example in reversed(test.examples):
            start = example.lineno + example.source.count("\n")
            if example.lineno in runner.found:
                lines[start : start + example.want.count("\n")] = runner.found[example.lineno]
        return "".join(lines)


class _Session(doctest.DocTestRunner):
    """Runs a session; `found` has what was printed where something else is shown, by line."""

    def __init__(self) -> None:
        super().__init__(optionflags=FLAGS, verbose=False)
        self.found: dict[int, str] = {}

    def report_failure(
        self, out: object, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        self.found[example.lineno] = got

    def report_unexpected_exception(
        self, out: object, test: doctest.DocTest, example: doctest.Example, exc_info: object
    ) -> None:
        assert isinstance(exc_info, tuple)
        raise exc_info[1]


def _commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output shown below it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(PROMPT):
            found.append((line.removeprefix(PROMPT).rstrip("\n"), ""))
        else:
            command, shown = found[-1]
            found[-1] = (command, shown + line)
    return found


def _definition(path: Path, name: str) -> str:
    """The text of a class or function of a Python file."""
    text = path.read_text()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            source = ast.get_source_segment(text, node)
            assert source is not None
            return f"{source}\n"
    raise AssertionError(f"{path.name} has no {name}")
