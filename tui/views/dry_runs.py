"""What quality checks say of the samples: each tried in the embedded engine, once per sample."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from generator.design.models import Check, PipelineDesign

from .check_rows import STAGES, checks_of, tables_at
from .live_query import dialect_of, samples_of

if TYPE_CHECKING:
    from generator.connectors.catalog import Sample
    from tui.state import Facts

_SAMPLE_ROWS = 500
_GLYPHS = {"passed": "✓", "failed": "✗", "measured": "~", "unsure": "~", "errored": "!", "unknown": "·"}


@dataclass(frozen=True)
class Verdict:
    """What a check says of the samples."""

    status: Literal["passed", "failed", "measured", "unsure", "errored", "unknown"]
    text: str = ""

    @property
    def short(self) -> str:
        """The verdict in the few words a column has room for."""
        if self.status == "passed":
            return self.text.removeprefix("passes on ").partition(" (")[0]
        if self.status == "failed":
            return self.text.rpartition(": ")[2].partition(" (")[0] + " fail"
        if self.status == "unsure":
            return self.text.partition(";")[0]
        return self.text

    @property
    def glyph(self) -> str:
        """State by glyph."""
        return _GLYPHS[self.status]


class DryRuns:
    """What checks say of the samples; a check that was tried before on the same rows is not tried again."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Verdict] = {}
        self._outputs: tuple[object, dict[str, Sample]] | None = None
        self._one_at_a_time = threading.Lock()

    def verdicts(self, design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Verdict]:
        """Return the verdict of every complete check by design path. Call it off the screen's thread."""
        with self._one_at_a_time:
            return self._verdicts(design, facts)

    def _verdicts(self, design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Verdict]:
        from generator.checks.catalogue import problems
        from generator.connectors.catalog import SAMPLE_ROWS

        staged = {name.rpartition(".")[2]: sample for name, sample in samples_of(design, facts).items()}
        if not staged:
            return {}
        outputs = self._output_samples(design, facts)
        parts = {name for name, sample in staged.items() if len(sample.rows) >= SAMPLE_ROWS}
        found: dict[str, Verdict] = {}
        for stage in STAGES:
            before = stage == "pre_transform" or not design.transformations
            samples = staged if before else outputs
            types = tables_at(design, stage)
            for index, check in enumerate(checks_of(design, stage)):
                if not problems(check, types.get(check.table or "") or None, stage=stage):
                    # What a transform makes of a part of its inputs is a part as well.
                    known_in_part = parts if before or not parts else {*parts, *outputs}
                    verdict = self._verdict(check, {**staged, **samples}, types, known_in_part)
                    found[f"quality.{stage}[{index}]"] = verdict
        return found

    def _verdict(
        self,
        check: Check,
        samples: Mapping[str, Sample],
        types: Mapping[str, Mapping[str, str]],
        parts: Collection[str],
    ) -> Verdict:
        from generator.checks.dry_run import dry_run

        needed = sorted({check.table or "", (check.reference_table or "").rpartition(".")[2]} - {""})
        if missing := [name for name in needed if name not in samples]:
            return Verdict("unknown", f"no sample of {', '.join(missing)}")
        at_hand = {name: samples[name] for name in needed}
        shape = tuple(
            (name, id(sample), tuple(types.get(name, {}).items())) for name, sample in at_hand.items()
        )
        key = (check.model_dump_json(), shape, tuple(name in parts for name in needed))
        if key not in self._known:
            run = dry_run(check, at_hand, types, parts=parts)
            self._known[key] = Verdict(run.status, run.text)
        return self._known[key]

    def _output_samples(self, design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Sample]:
        queries = tuple(
            (item.name, item.type, item.sql, item.output_table) for item in design.transformations
        )
        samples = tuple((name, id(sample)) for name, sample in samples_of(design, facts).items())
        key = (queries, samples)
        if self._outputs is None or self._outputs[0] != key:
            self._outputs = (key, output_samples(design, facts))
        return self._outputs[1]


def output_samples(design: PipelineDesign, facts: Mapping[str, Facts]) -> dict[str, Sample]:
    """Return the rows each SQL transform gives on the samples, by output table."""
    from generator.connectors.catalog import Sample
    from generator.design.relations import output_name
    from generator.sql.design_tables import design_tables, ordered
    from generator.sql.design_tables import output_name as full_name
    from generator.sql.preview import preview

    samples = dict(samples_of(design, facts))
    found: dict[str, Sample] = {}
    for transform in ordered(list(design.transformations), design):
        if transform.type != "sql" or not transform.sql:
            continue
        tables = design_tables(design, before=transform.name)
        result = preview(transform.sql, samples, tables, dialect=dialect_of(transform.sql), rows=_SAMPLE_ROWS)
        if result.error is None:
            sample = Sample(columns=tuple(name for name, _ in result.columns), rows=result.rows)
            found[output_name(transform)] = samples[full_name(transform, design)] = sample
    return found
