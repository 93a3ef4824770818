"""The command line: ``python -m <pipeline> COMMAND``. Results go to stdout, logs and errors to stderr."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from .commands.parser import build

if TYPE_CHECKING:
    from .settings import Settings

EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143
_MOVING_DATA = {"run", "backfill", "stage", "check"}


class TerminatedError(BaseException):
    """The process was asked to end; no Exception, so that nothing takes it for a failure."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code."""
    package = (__package__ or "pipeline").partition(".")[0]
    options = build(package).parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    from .utils.credentials import redact
    from .utils.retry import EXIT_FAILED, PipelineError

    try:
        return _dispatch(options)
    except PipelineError as error:
        _say(redact(str(error)), options.debug)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except KeyboardInterrupt:
        _say("interrupted; what was not committed is rolled back", options.debug)
        return EXIT_INTERRUPTED
    except TerminatedError as error:
        _say(str(error), options.debug)
        return EXIT_TERMINATED
    except MemoryError:
        _say(
            "too little memory for this process; give it more, or set PIPELINE_MEMORY_LIMIT lower",
            options.debug,
        )
        return EXIT_FAILED
    except Exception as error:
        import structlog

        if not structlog.is_configured():
            from .utils.logging_config import configure_logging

            # As it comes, structlog prints tracebacks with every local variable, secrets among them.
            configure_logging(package, "", level="DEBUG" if options.debug else "INFO")
        logger = structlog.get_logger(__name__)
        logger.debug("crashed", exc_info=True)
        kind, text = type(error).__name__, redact(str(error)).strip().partition("\n")[0]
        _say(f"unexpected {kind}: {text}; call again with --debug for the traceback", options.debug)
        return EXIT_FAILED


def _dispatch(options: Namespace) -> int:
    from .settings import load_settings

    settings = load_settings()
    run_id = _prepare(settings, options)
    command = options.command
    if command in _MOVING_DATA:
        from .commands import runs

        if command == "run":
            return runs.run(settings, full_refresh=options.full_refresh, tables=options.table, run_id=run_id)
        if command == "backfill":
            span = {"start": options.start, "end": options.end}
            return runs.backfill(settings, **span, window=options.window, tables=options.table, run_id=run_id)
        if command == "stage":
            return runs.stage(settings, name=options.name, run_id=run_id)
        return runs.check(settings, run_id=run_id)
    if command == "status":
        from .commands.status import show_status

        return show_status(settings, runs=options.runs, as_json=options.json)
    if command == "unlock":
        from .commands.lock import unlock

        return unlock(settings, of=options.of, sure=options.yes, force=options.force)
    if command == "dlq":
        return _rejected(settings, options, run_id)
    from .commands import care

    if command == "doctor":
        return care.doctor(settings)
    if command == "ack":
        return care.ack(settings, by=options.by)
    if command == "erase" and options.lift:
        return care.lift(settings, subject=options.subject, run_id=run_id)
    if command == "erase":
        return care.erase(settings, subject=options.subject, sure=options.yes, run_id=run_id)
    return care.retention(settings, dry_run=options.dry_run, sure=options.yes, run_id=run_id)


def _rejected(settings: Settings, options: Namespace, run_id: str) -> int:
    from .commands import rejected

    if options.action == "list":
        shown = {"everything": options.all, "limit": options.limit, "as_json": options.json}
        return rejected.listing(settings, of=options.table, **shown)
    if options.action == "show":
        return rejected.show(settings, start=options.id)
    if options.action == "replay":
        return rejected.replay(settings, of=options.table, run_id=run_id)
    which = {"older_than": options.older_than, "also_open": options.open}
    return rejected.purge(settings, of=options.table, **which, run_id=run_id)


def _prepare(settings: Settings, options: Namespace) -> str:
    """Register secrets, set up logs, make the state folder, and return the run's id."""
    from .pipeline import new_run_id
    from .utils.credentials import register_connection, register_environment
    from .utils.logging_config import configure_logging
    from .utils.state_folder import make_state_folder

    register_environment(settings.environment)
    for source in settings.sources:
        register_connection(source.connection, settings.environment)
    register_connection(settings.destination.connection, settings.environment)
    run_id = getattr(options, "run_id", None) or new_run_id()
    quiet = options.command not in _MOVING_DATA
    level = (
        "DEBUG" if options.debug else settings.environment.get("LOG_LEVEL", "WARNING" if quiet else "INFO")
    )
    configure_logging(settings.pipeline.name, run_id, level=level)
    if options.command != "doctor":
        make_state_folder(settings.state_dir)
    return run_id


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise TerminatedError("terminated; what was not committed is rolled back")


def _say(text: str, debug: bool) -> None:
    """Print an error for a person; the traceback, with secrets hidden, only when asked for."""
    if debug:
        from .utils.credentials import redact

        print(redact(traceback.format_exc()), file=sys.stderr)
    print(f"error: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
