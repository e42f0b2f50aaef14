"""The command line: one file a command, imported when it is the one asked for.

A command's module has `COMMAND`, which describes its arguments, and `run(arguments)`, which
returns the exit code. Results go to stdout, diagnostics and complaints to stderr.
"""

import gc
import os
import sys
from importlib import import_module

from archdsl.annotations import NoReturn
from archdsl.cli.arguments import CommandError, HelpWanted, nearest_of
from archdsl.visible import visible

FINE, ERRORS, USAGE, BUG, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 70, 130, 141

COMMANDS = (
    "check",
    "compile",
    "diagram",
    "explain",
    "fmt",
    "init",
    "lint",
    "summary",
    "verify",
    "view",
    "zoo",
)


def entry() -> NoReturn:
    """The program `archdsl`: run, and end at once."""
    # The work makes hardly any cycles, and looking for them costs as much as a small file's check.
    gc.disable()
    _open_streams()
    code = INTERRUPTED  # a second time, while the first one was dealt with
    try:
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        # Taking a graph and its modules apart, object by object, is for longer-lived programs.
        os._exit(code)


def _open_streams() -> None:
    """Streams in the places of those that were closed: a file opened later would take them, and be
    written into by whatever writes to standard output. What is written to these fails.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            stream = open(number, "w" if number else "r", buffering=1, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    words = [word for word in given if word != "--debug"]
    try:
        code = _run(words)
        sys.stdout.flush()
    except CommandError as error:
        _complain(visible(str(error), keep="\n"))
        code = USAGE
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        code = BROKEN_PIPE
    except Exception as error:
        if debug:
            import traceback

            _complain(traceback.format_exc())
        code = _failed(error)
    return code


def _run(words: list[str]) -> int:
    # What a locale cannot show is written as an escape: a path must not end a command.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if not words or words[0] in ("-h", "--help", "help"):
        return _help(words[1:])
    if words[0] in ("-V", "--version"):
        from archdsl import __version__

        print(f"archdsl {__version__}")
        return FINE
    return _command(words[0], words[1:])


def _command(name: str, words: list[str]) -> int:
    if name not in COMMANDS:
        raise _no_command(name)
    module = import_module(f"archdsl.cli.{name}")
    try:
        arguments = module.COMMAND.parse(words)
    except HelpWanted as wanted:
        print(wanted, end="")
        return FINE
    code: int = module.run(arguments)
    return code


def _no_command(name: str) -> CommandError:
    if name.partition(":")[0].endswith(".arch"):
        wrong = f"a command comes before the file: archdsl compile {visible(name)}"
    else:
        what = "option" if name.startswith("-") else "command"
        near = nearest_of(name, (*COMMANDS, "--help", "--version"))
        wrong = f"there is no {what} {visible(name)}{near}"
    return CommandError(f"{wrong}\n`archdsl --help` lists the commands")


def _help(words: list[str]) -> int:
    if words:
        return _command(words[0], ["--help"])
    from archdsl.cli.overview import OVERVIEW

    print(OVERVIEW, end="")
    return FINE


def _failed(error: Exception) -> int:
    """The exit code for an exception that no command expects, and what the user is told."""
    if isinstance(error, OSError) and error.strerror and error.filename is None:
        # A full disk behind stdout, for one; what commands write themselves never gets here.
        _drop_output()
        _complain(f"the output could not be written: {error.strerror}")
        return USAGE
    summary = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    _complain(
        f"internal error: {visible(summary)}\n"
        "This is a bug in archdsl. Please report it, with the file and the command that led here;\n"
        "the same command with --debug shows where it happened."
    )
    return BUG


def _complain(text: str) -> None:
    """Tell the user, unless nobody can be told."""
    try:
        print(f"archdsl: {text}", file=sys.stderr)
    except OSError:
        return


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's exit does not complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # a stream of another program's making, which has no descriptor
        return
