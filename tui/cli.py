"""The command line: finds the command, and turns what it raises into one sentence and an exit code.

Nothing heavy is imported here: `pipewizard -h` must answer at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from generator.errors import UserError

from .command_line.output import FAILED, USAGE, Output, UsageError
from .command_line.parser import build_parser

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `pipewizard` and return its exit code: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted.

    Args:
        argv: The arguments without the program's name; default: those of the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    output = Output(as_json="--json" in arguments)
    debug = "--debug" in arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments, output)
        sys.stdout.flush()
    except UserError as error:
        if debug:
            traceback.print_exc()
        output.error(error)
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left: what is still buffered must not be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if debug:
            raise
        kind = type(error).__name__
        output.error(
            UserError(f"an internal error happened ({kind})", fix="run it again with --debug and report it")
        )
        return FAILED
    return code


def _run(arguments: list[str], output: Output) -> int:
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit as leaving:  # -h and --version
        return int(leaving.code or 0)
    code: int = import_module(f"tui.command_line.{options.command or 'wizard'}").run(options, output)
    return code


if __name__ == "__main__":
    sys.exit(main())
