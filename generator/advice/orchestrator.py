"""Which orchestrator fits."""

from __future__ import annotations

from generator.design.models import Orchestrator, PipelineDesign

from .advice import Advice

OFFERED_ORCHESTRATORS: tuple[Orchestrator, ...] = ("airflow", "cron")


def advise_orchestrator(design: PipelineDesign) -> Advice[Orchestrator]:
    """Recommend an orchestrator: Airflow where pipelines depend on each other or are large, else cron."""
    upstream, steps = design.pipeline.depends_on, len(design.transformations)
    if upstream:
        return Advice(
            "airflow",
            f"it waits for {', '.join(upstream)}: cron cannot",
            "cron",
            "when the upstream pipelines are always done by then",
            rule="orchestrator.depends_on",
        )
    if len(design.sources) > 1 or steps > 5:
        return Advice(
            "airflow",
            f"{len(design.sources)} sources and {steps} transformations: a failed stage is retried"
            " alone and seen",
            "cron",
            "when no Airflow is at hand: one process runs all stages",
            rule="orchestrator.many_steps",
        )
    return Advice(
        "cron",
        "one pipeline that waits for no other: cron or a systemd timer needs no server",
        "airflow",
        "when an Airflow is at hand: stages, retries and history in one place",
        rule="orchestrator.single",
    )
