"""A pipeline's log lines as a person reads them: stages with what happened in each."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

_STAGES = {
    "extraction": "extract",
    "pre_transform_quality": "check what was extracted",
    "transformation": "transform",
    "post_transform_quality": "check what was computed",
    "loading": "publish",
    "final_quality": "check what was published",
}
_NAME_WIDTH = 20


class RunView:
    """Turns lines of JSON logs into lines for people; anything else stays as it is."""

    def __init__(self) -> None:
        self._statuses: Counter[str] = Counter()

    def lines(self, raw: str) -> list[str]:
        """Return what to print for one line of the pipeline's output; often nothing."""
        try:
            told = json.loads(raw)
        except ValueError:
            return [raw]
        return self._told(told) if isinstance(told, dict) and "event" in told else [raw]

    def _told(self, told: dict[str, Any]) -> list[str]:
        event = told["event"]
        if event == "stage_started":
            self._statuses.clear()
            return [f"  {_STAGES.get(str(told.get('stage')), told.get('stage'))}"]
        if event == "quality_check":
            self._statuses[str(told.get("status"))] += 1
            return []
        if event == "stage_finished":
            return self._finished()
        if event in {"table_extracted", "transformed", "table_published"}:
            return [_table(event, told)]
        if told.get("level") in {"warning", "error", "critical"}:
            said = told.get("message") or told.get("error") or event
            return [f"    {'▵' if told['level'] == 'warning' else '✗'} {said}"]
        return []

    def _finished(self) -> list[str]:
        if not self._statuses:
            return []
        passed = self._statuses.pop("passed", 0)
        others = [f"{count} {status}" for status, count in self._statuses.items()]
        counts = [f"{passed} check{'s' if passed != 1 else ''} passed", *others]
        return [f"    {'✓' if not others else '·'} {', '.join(counts)}"]


def _table(event: str, told: dict[str, Any]) -> str:
    name = str(told.get("table") or told.get("transform") or "")
    details = []
    if event == "table_extracted":
        details = [f"{told[word]:,} {word}" for word in ("rejected", "filtered") if told.get(word)]
    elif event == "table_published":
        details = [f"by {told.get('strategy')}"]
    rows = told.get("rows")
    count = f"{rows:>9,} rows" if isinstance(rows, int) else ""
    return "    " + ", ".join([f"{name.ljust(_NAME_WIDTH)} {count}", *details]).rstrip()
