"""The command line's grammar, and help that teaches by example."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from typing import Any, NoReturn

from .output import UsageError

DESCRIPTION = "Design a data pipeline and get a project that already runs."
EXAMPLES = """\
examples:
  pipewizard                                   start the wizard, or resume a draft
  pipewizard demo                              try it on a sample shop database
  pipewizard demo /tmp/shop --yes              the same without the wizard: generate, run, show the result
  pipewizard validate design.yaml              list what is missing or contradictory
  pipewizard generate design.yaml -o shop      write the project into shop/
  pipewizard probe design.yaml --json          what the live connections hold
  pipewizard COMMAND -h                        more on one command

exit codes: 0 done, 1 the work failed or problems were found, 2 wrong usage
"""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of exiting, and names the command that was meant."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` with a remedy."""
        fix = f"see {self.prog} -h"
        where = self.prog.removeprefix("pipewizard").strip()
        if found := re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message):
            choices = re.findall(r"'([^']*)'", found[2])
            near = get_close_matches(found[1], choices, n=1)
            fix = f"did you mean {near[0]}?" if near else f"use one of {', '.join(choices)}"
            message = f"there is no command {found[1]!r}"
        raise UsageError(message, where=where, fix=fix)


class _Version(argparse.Action):
    """Prints the version, which is looked up only now."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print and leave."""
        from importlib.metadata import version

        print(f"pipewizard {version('pipewizard')}")
        parser.exit(0)


def build_parser() -> Parser:
    """Return the grammar of the whole command line."""
    parser = Parser(
        prog="pipewizard", description=DESCRIPTION, epilog=EXAMPLES, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    _add_common(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _add_demo(commands)
    _add_generate(commands)
    _add_validate(commands)
    _add_probe(commands)
    _add_connectors(commands)
    _add_drafts(commands)
    return parser


def _add_common(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    parser.add_argument("--json", action="store_true", default=default, help="print JSON for machines")
    parser.add_argument("--debug", action="store_true", default=default, help="show tracebacks of errors")


def _command(commands: Any, name: str, summary: str, text: str, examples: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=text, epilog=f"examples:\n{examples}", allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    _add_common(parser)
    return parser


def _add_demo(commands: Any) -> None:
    parser = _command(
        commands,
        "demo",
        "a sample shop database and a finished design over it",
        "Make a small shop database (SQLite) and open the wizard on a finished design over it.\n"
        "With --yes there is no wizard: the project is generated, run once, and its result shown.",
        "  pipewizard demo                    in ./pipewizard-demo, in the wizard\n"
        "  pipewizard demo /tmp/shop --yes    in /tmp/shop, without the wizard\n",
    )
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", help="an empty or new folder (default: pipewizard-demo)"
    )
    parser.add_argument("--yes", action="store_true", help="no wizard: generate, run and show the result")


def _add_generate(commands: Any) -> None:
    parser = _command(
        commands,
        "generate",
        "write the project a design describes",
        "Write the project of a design into a folder, which becomes the project's root.\n"
        "Files a person has edited since the last time are reported and left as they are.",
        "  pipewizard generate design.yaml -o shop_orders\n"
        "  pipewizard generate design.yaml -o shop_orders --dry-run    list the files with their state\n"
        "  pipewizard generate design.yaml -o shop_orders --lock       pin every package by hash as well\n"
        "  cd shop_orders && uv run python -m shop_orders run          then run it\n",
    )
    parser.add_argument("design", metavar="DESIGN.yaml", help="the design file")
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="a new or empty folder, or one written before"
    )
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--dry-run", action="store_true", help="write nothing; list files with their state")
    doing.add_argument(
        "--lock", action="store_true", help="write requirements.lock too: needs uv and the package index"
    )


def _add_validate(commands: Any) -> None:
    parser = _command(
        commands,
        "validate",
        "list the problems of a design",
        "List everything missing or contradictory in a design. Exit code 0: none, 1: some.",
        "  pipewizard validate design.yaml\n"
        "  pipewizard validate design.yaml --json | jq '.problems[].path'\n",
    )
    parser.add_argument("design", metavar="DESIGN.yaml", help="the design file")


def _add_probe(commands: Any) -> None:
    parser = _command(
        commands,
        "probe",
        "show what the live connections of a design hold",
        "Connect to the sources of a design, read-only, and list tables, columns, keys and row estimates.\n"
        "Variables the design names, as ${SHOP_PASSWORD}, are taken from the environment.\n"
        "With -o the columns and keys of the design's tables are kept in it, which generating needs.",
        "  SHOP_PATH=shop.sqlite pipewizard probe design.yaml\n"
        "  pipewizard probe design.yaml -o design.yaml     keep what it finds in the design\n"
        "  pipewizard probe design.yaml --source shop --json\n",
    )
    parser.add_argument("design", metavar="DESIGN.yaml", help="the design file")
    parser.add_argument("--source", metavar="NAME", help="only this source")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the design with what was found, in its canonical form, without comments",
    )


def _add_connectors(commands: Any) -> None:
    _command(
        commands,
        "connectors",
        "the systems there are, and what each can do",
        "List the systems pipewizard reads from and writes to, and what each can do.",
        "  pipewizard connectors\n  pipewizard connectors --json\n",
    )


def _add_drafts(commands: Any) -> None:
    parser = _command(
        commands,
        "drafts",
        "list, find or delete saved drafts",
        "List the saved drafts, print where one lies, or delete one (it stays in the trash for 30 days).",
        "  pipewizard drafts\n"
        "  pipewizard drafts path shop_orders\n"
        "  pipewizard drafts delete shop_orders\n"
        '  pipewizard generate "$(pipewizard drafts path shop_orders)" -o shop_orders\n',
    )
    parser.add_argument(
        "action", nargs="?", choices=("list", "path", "delete"), default="list", help="default: list"
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="of the draft; path without one prints the folder"
    )
