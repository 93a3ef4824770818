"""``metrics.prom`` between runs, and between the stages of one run that are processes of their own.

Prometheus reads the file. Its first line is a comment for the next process that writes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

Labels = tuple[tuple[str, str], ...]
Samples = dict[str, dict[Labels, float]]

FIRST_STAGE = "extraction"
"""With it a run begins, also one that is tried again under the same id."""
LAST_SUCCESS = "pipeline_last_success_timestamp_seconds"
OUTCOME = (
    "pipeline_run_success", "pipeline_run_exit_code", "pipeline_duration_seconds",
    "pipeline_last_run_timestamp_seconds", LAST_SUCCESS,
)  # fmt: skip
"""What is known of a run only when it has ended."""
_HEADING = "# run "
_SAMPLE = re.compile(r"(\w+)\{(.*)\} (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Written:
    """What a metrics file says.

    Attributes:
        run_id: The run that wrote it.
        started: When that run started, in seconds since 1970.
        checks: By stage, how many checks passed and failed.
        samples: By name and labels, the values.
    """

    run_id: str = ""
    started: float = 0.0
    checks: dict[str, list[int]] = field(default_factory=dict)
    samples: Samples = field(default_factory=dict)

    def heading(self) -> str:
        """Return the first line of the file."""
        return _HEADING + json.dumps({"id": self.run_id, "started": self.started, "checks": self.checks})


def read(path: Path) -> Written:
    """Return what a metrics file says; nothing where there is none or it is not one of ours."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        said = json.loads(lines[0].removeprefix(_HEADING)) if lines and lines[0].startswith(_HEADING) else {}
        found = Written(said.get("id", ""), said.get("started", 0.0), said.get("checks", {}))
        for line in lines:
            if match := _SAMPLE.fullmatch(line):
                labels = tuple((name, _plain(value)) for name, value in _LABEL.findall(match[2]))
                found.samples.setdefault(match[1], {})[labels] = float(match[3])
    except (OSError, ValueError, AttributeError):
        return Written()
    return found


def _plain(escaped: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], escaped)


def labels_text(labels: Labels) -> str:
    """Return labels as they are written between braces."""
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
