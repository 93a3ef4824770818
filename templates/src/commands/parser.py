"""The command line: what may be asked for, with help that teaches by example."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import Protocol

STAGES = (
    "extraction",
    "pre_transform_quality",
    "transformation",
    "post_transform_quality",
    "loading",
    "final_quality",
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

EXIT_CODES = """\
exit codes: 0 ok, 1 failed, 2 wrong usage or configuration, 3 a quality gate stopped the run,
            75 another run is at work, 143 terminated
"""


class _Add(Protocol):
    def __call__(self, name: str, text: str, *examples: str) -> argparse.ArgumentParser: ...


def window(text: str) -> timedelta:
    """Read a span of time, as ``1d``, ``6h``, ``30m`` or ``2w``."""
    unit, number = _UNITS.get(text[-1:]), text[:-1]
    if unit is None or not number.isdigit() or int(number) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time; write 30m, 6h, 1d or 2w")
    return timedelta(**{unit: int(number)})


def moment(text: str) -> str:
    """Read a date or time of ISO 8601 and return it as it was written, or a whole number as it is."""
    if text.lstrip("-").isdigit():
        return text
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date; write 2026-01-31 or 2026-01-31T06:00:00"
        ) from None
    return text


def positive(text: str) -> int:
    """Read a whole number above 0."""
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def build(package: str) -> argparse.ArgumentParser:
    """Return the parser of a pipeline's command line.

    Args:
        package: The pipeline's package, for usage lines and examples.
    """
    program = f"python -m {package}"
    parser = argparse.ArgumentParser(
        prog=program,
        description="Run this pipeline and look after it.",
        epilog=f"""\
examples:
  {program} doctor                         is everything set and reachable?
  {program} run                            extract, check, transform, check, publish
  {program} status                         last runs, watermarks, rows, dead letters
  {program} backfill --from 2026-01-01 --to 2026-02-01
  {program} dlq list                       rows that were rejected, and why

{EXIT_CODES}""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--debug", action="store_true", help="log in detail and show tracebacks")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str, *examples: str) -> argparse.ArgumentParser:
        listed = "\n".join(f"  {program} {example}" for example in examples)
        command = commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"examples:\n{listed}\n\n{EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )
        return command

    run = add("run", "run the pipeline once", "run", "run --table orders", "run --full-refresh")
    run.add_argument(
        "--full-refresh", action="store_true", help="read every table in full, whatever its watermark"
    )
    run.add_argument("--table", action="append", metavar="T", help="only this source table; may be repeated")
    run.add_argument("--run-id", metavar="ID", help="id for logs and audit (default: time and a random part)")

    backfill = add(
        "backfill",
        "load a past range again, window by window; watermarks stay where they are",
        "backfill --from 2026-01-01 --to 2026-02-01",
        "backfill --from 2026-01-01 --to 2026-01-02 --window 6h --table orders",
    )
    backfill.add_argument(
        "--from", dest="start", required=True, type=moment, metavar="A", help="first, inclusive"
    )
    backfill.add_argument("--to", dest="end", required=True, type=moment, metavar="B", help="last, exclusive")
    backfill.add_argument(
        "--window",
        type=window,
        default=timedelta(days=1),
        metavar="W",
        help="size of a window, as 6h (default: 1d)",
    )
    backfill.add_argument(
        "--table", action="append", metavar="T", help="only this source table; may be repeated"
    )
    backfill.add_argument("--run-id", metavar="ID", help="id for logs and audit")

    add("check", "run the final checks on what is published", "check")
    add("doctor", "say what must be set, and try every connection", "doctor")
    status = add("status", "show runs, watermarks, rows and dead letters", "status", "status --json")
    status.add_argument("--json", action="store_true", help="one JSON object on stdout")
    status.add_argument("--runs", type=positive, default=5, metavar="N", help="how many runs (default: 5)")
    _dead_letters(add)
    erase = add(
        "erase", "erase one person everywhere", "erase --subject 4711", "erase --subject a@b.example --yes"
    )
    erase.add_argument("--subject", required=True, metavar="KEY", help="key, or value of a personal column")
    how = erase.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="do it; without this the hits are only counted")
    how.add_argument("--lift", action="store_true", help="let an erased person's rows come in again")
    ack = add("ack", "lift the suspension after a critical check", "ack", "ack --by ada")
    ack.add_argument("--by", metavar="NAME", help="who takes responsibility (default: the user logged in)")
    retention = add(
        "retention", "delete what is older than the design keeps", "retention", "retention --dry-run"
    )
    extent = retention.add_mutually_exclusive_group()
    extent.add_argument("--dry-run", action="store_true", help="only count")
    extent.add_argument(
        "--yes", action="store_true", help="even if the clock looks wrong, or a table would be emptied"
    )
    unlock = add(
        "unlock",
        "say who holds the lock, and release it after a run that was killed",
        "unlock",
        "unlock --yes",
        "unlock --run-id 2026-01-31T06:00 --yes",
    )
    unlock.add_argument("--yes", action="store_true", help="release it, unless its holder is at work")
    unlock.add_argument("--run-id", dest="of", metavar="ID", help="only if this run holds it")
    unlock.add_argument(
        "--force",
        action="store_true",
        help="with --yes: also where its holder seems to be at work; it then publishes nothing",
    )
    stage = add(
        "stage",
        "run one stage of a run, for orchestrators",
        "stage extraction --run-id 2026-01-31T06:00",
        "stage loading --run-id 2026-01-31T06:00",
    )
    stage.add_argument("name", choices=STAGES, metavar="NAME", help=", ".join(STAGES))
    stage.add_argument("--run-id", required=True, metavar="ID", help="the same for all stages of a run")
    return parser


def _dead_letters(add: _Add) -> None:
    parser = add(
        "dlq",
        "rows that were rejected: list, show, replay, purge",
        "dlq list --table orders",
        "dlq show 3f2a",
        "dlq replay",
        "dlq purge --older-than 30d",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the newest dead letters")
    listing.add_argument("--table", metavar="T", help="only of this table")
    listing.add_argument("--all", action="store_true", help="those replayed or superseded too")
    listing.add_argument("--limit", type=positive, default=20, metavar="N", help="how many (default: 20)")
    listing.add_argument("--json", action="store_true", help="JSON on stdout")
    show = actions.add_parser("show", help="everything about one dead letter")
    show.add_argument("id", metavar="ID", help="its id, or the beginning of it")
    replay = actions.add_parser("replay", help="try the rejected rows again, after the cause is fixed")
    replay.add_argument("--table", metavar="T", help="only of this table")
    replay.add_argument("--run-id", metavar="ID", help="id for logs and audit")
    purge = actions.add_parser("purge", help="delete dead letters")
    purge.add_argument("--table", metavar="T", help="only of this table")
    purge.add_argument(
        "--older-than", type=window, metavar="W", help="only those rejected longer ago, as 30d"
    )
    purge.add_argument("--open", action="store_true", help="also those still waiting: their rows are lost")
