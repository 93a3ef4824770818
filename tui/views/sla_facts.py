"""What follows from the SLAs: next runs, whether the freshness can be met, the advice and its reasons."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from generator.design.models import PipelineDesign

from .schedule import explain, minutes_text, run_lines, span
from .slas import COMPLIANCE_TEXTS, PATTERN_TITLES, retry_waits


def every_fact(design: PipelineDesign, now: datetime) -> dict[str, Content]:
    """Return what each section's values come to, as text for under its fields, and the ``advice``."""
    writers = {
        "freshness": _freshness,
        "schedule": _schedule,
        "retries": _retries,
        "volume": _volume,
        "retention": _retention,
        "compliance": _compliance,
        "architecture": _architecture,
        "technology": _technology,
        "alerts": _alerts,
    }
    texts = {section: Content("\n").join(writer(design, now)) for section, writer in writers.items()}
    texts["advice"] = _advice(design)
    return texts


def advised_title(design: PipelineDesign) -> str:
    """Return the title of the pattern that ``auto`` comes to."""
    from generator.advice.architecture import advise_architecture, nearest_offered

    return PATTERN_TITLES[nearest_offered(advise_architecture(design))]


def why(design: PipelineDesign) -> list[tuple[str, str]]:
    """Return the paragraphs that explain the recommended pattern."""
    from generator.advice.architecture import advise_architecture, nearest_offered

    advice = advise_architecture(design)
    paragraphs = [(PATTERN_TITLES.get(advice.choice, advice.choice), advice.reason)]
    if advice.alternative:
        title = PATTERN_TITLES.get(advice.alternative, advice.alternative)
        paragraphs.append((f"Nearest alternative: {title}", advice.alternative_reason))
    if not advice.offered:
        paragraphs.append(("What is generated now", PATTERN_TITLES[nearest_offered(advice)]))
    if advice.inputs:
        paragraphs.append(("What was looked at", "\n".join(f"· {fact}" for fact in advice.inputs)))
    return paragraphs


def _advice(design: PipelineDesign) -> Content:
    """Return the recommended architecture with everything that speaks for it."""
    blocks = [Content.assemble((heading, "bold $primary"), "\n", text) for heading, text in why(design)[:-1]]
    return Content.assemble(("✦ Recommended\n", "$accent"), Content("\n\n").join(blocks))


def _good(text: str) -> Content:
    return Content.assemble(("✓ ", "$text-success"), text)


def _bad(text: str) -> Content:
    return Content.assemble(("! ", "bold $text-error"), text)


def _note(text: str) -> Content:
    return Content.styled(text, "$quiet")


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $primary")


def _freshness(design: PipelineDesign, now: datetime) -> list[Content]:
    from generator.advice.schedule import freshness_fit

    fit = freshness_fit(design)
    target = design.requirements.freshness_minutes
    lines: list[Content] = []
    if target is None:
        lines.append(_note("No promise: nothing is measured against it, and no staleness alert is made."))
    elif fit.problem:
        lines.append(_bad(fit.problem))
        lines.append(_note(_mend(design)))
    elif fit.interval is not None:
        runtime = f" + {minutes_text(fit.runtime)} a run" if fit.runtime else ""
        lines.append(
            _good(f"{minutes_text(fit.interval)} between runs{runtime}: within {minutes_text(target)}")
        )
    return lines


def _mend(design: PipelineDesign) -> str:
    from generator.advice.schedule import advise_schedule, schedule_words

    wanted = design.requirements
    advice = advise_schedule(wanted.freshness_minutes, wanted.expected_runtime_minutes)
    if advice.choice is None:
        return f"→ {advice.reason}; promise less"
    return f"→ run more often, {schedule_words(advice.choice, design.pipeline.timezone)}, or promise less"


def _schedule(design: PipelineDesign, now: datetime) -> list[Content]:
    plan = explain(design.pipeline.schedule, design.pipeline.timezone, now)
    if plan.problem:
        # The field says what is wrong with it.
        return []
    lines = [Content.assemble(("✓ ", "$text-success"), (plan.words, "bold"))]
    if not plan.runs:
        return [*lines, _note("Every run starts when the one before has ended.")]
    return [*lines, *(Content(f"  {line}") for line in run_lines(plan, now))]


def _retries(design: PipelineDesign, now: datetime) -> list[Content]:
    waits = retry_waits(design)
    if not waits:
        return [_note("One try: the first transient failure fails the run.")]
    shown = " · ".join(f"{wait:g} s" for wait in waits[:8]) + (" …" if len(waits) > 8 else "")
    return [
        Content.assemble(
            "waits ", (shown, "bold"), (f"  at most {sum(waits):g} s in all, plus jitter", "$quiet")
        ),
        _note("Only transient failures are tried again; a wrong password or a broken query fails at once."),
    ]


def _volume(design: PipelineDesign, now: datetime) -> list[Content]:
    rows = design.requirements.expected_rows_per_day
    if not rows:
        return [_note("Not known: no volume alert is made.")]
    plan = explain(design.pipeline.schedule, design.pipeline.timezone, now, runs=2)
    lines = [Content(f"about {rows * 365:,} rows a year")]
    if len(plan.runs) == 2:
        gap = plan.runs[1] - plan.runs[0]
        lines.append(
            Content(f"about {round(rows * gap.total_seconds() / 86400):,} rows a run ({span(gap)} apart)")
        )
    return lines


def _retention(design: PipelineDesign, now: datetime) -> list[Content]:
    days = design.requirements.retention_days
    if not days:
        return [_note("Everything is kept.")]
    lines = [
        Content(f"rows older than {days} days ({days / 365:.1f} years) are deleted on schedule"),
    ]
    if rows := design.requirements.expected_rows_per_day:
        lines.append(Content(f"about {rows * days:,} rows are kept"))
    return lines


def _compliance(design: PipelineDesign, now: datetime) -> list[Content]:
    chosen = design.requirements.compliance
    if not chosen:
        return [_note("None: personal data is still treated as marked in the Sources step.")]
    return [Content.assemble((f"{name.upper():<6}", "bold"), COMPLIANCE_TEXTS[name]) for name in chosen]


def _architecture(design: PipelineDesign, now: datetime) -> list[Content]:
    (choice, reason), *others = why(design)
    lines = [Content.assemble(("✦ ", "$accent"), (choice, "bold"), f": {reason}")]
    lines += [
        _note(f"{heading}, {text}") for heading, text in others if heading.startswith(("Nearest", "What is"))
    ]
    return lines


def _technology(design: PipelineDesign, now: datetime) -> list[Content]:
    name = design.pipeline.name or "pipeline"
    tool = {
        "airflow": f"orchestration/dags/{name}_dag.py: one thin task per stage and table",
        "cron": "orchestration/cron/: a crontab line and a systemd timer",
    }.get(design.technology.orchestrator, "")
    return [
        Content(tool),
        _note("Transforms and checks are set-based SQL; Python transforms get Arrow tables."),
    ]


def _alerts(design: PipelineDesign, now: datetime) -> list[Content]:
    if not design.monitoring.alerts.channels:
        return []
    return [_note("Failures, held gates, stale data and slow runs go to every channel.")]
