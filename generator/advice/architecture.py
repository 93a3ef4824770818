"""Which architecture fits, by three questions asked one after the other; in each, the first rule that
matches wins.

1. Cadence, by freshness: under 1 min streaming; 1 to under 15 min micro-batch; from 15 min on batch, and
   then interval plus p95 runtime must fit the target, else it is unreachable.
2. Where to transform: SQL and a strong destination: ELT; personal data that must not land raw, or not SQL,
   or a file or lake destination: ETL.
3. History beside real time: a replayable log: Kappa; else Lambda (both are the pattern ``hybrid``).
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.connectors.base import Connector
from generator.connectors.registry import connector
from generator.design.models import Pattern, PipelineDesign
from generator.errors import DesignError

from .advice import Advice
from .durations import minutes_in_words
from .personal_data import untreated_personal_data
from .schedule import freshness_fit

OFFERED = ("batch_etl", "batch_elt")
TITLES = {
    "batch_etl": "Batch ETL",
    "batch_elt": "Batch ELT",
    "micro_batch": "Micro-batch",
    "streaming_etl": "Streaming ETL",
    "hybrid": "Hybrid",
}


@dataclass(frozen=True)
class ArchitectureFacts:
    """Everything the rules look at; durations in minutes."""

    freshness: float | None
    destination: str
    """Title of the destination, for the reason."""
    strong_destination: bool
    """The destination can hold staging and run the transforms."""
    not_sql: tuple[str, ...] = ()
    """Transformations that SQL does not express."""
    raw_personal_data: tuple[str, ...] = ()
    """Columns that look like personal data, have no action, and fall under a compliance rule."""
    realtime_history: bool = False
    replayable: bool = False
    """Every source is a log that can be read again from the start."""
    unreachable: str = ""
    """Why the schedule cannot meet the freshness, empty where it can."""


def advise_architecture(design: PipelineDesign) -> Advice[Pattern]:
    """Recommend a pattern for a design; always answers, also for an incomplete one."""
    return architecture(architecture_facts(design))


def architecture_facts(design: PipelineDesign) -> ArchitectureFacts:
    """Collect what the rules look at."""
    destination = _connector(design.destination.type)
    sources = [found for source in design.sources if (found := _connector(source.type))]
    compute_is_sql = design.technology.compute in {"sql", "dbt"}
    return ArchitectureFacts(
        freshness=design.requirements.freshness_minutes,
        destination=destination.title if destination else "the destination",
        # A destination not chosen yet rules nothing out.
        strong_destination=destination is None or destination.capabilities.hosts_staging,
        not_sql=tuple(
            transformation.name or f"transformation {number}"
            for number, transformation in enumerate(design.transformations, start=1)
            if transformation.type == "python" or not compute_is_sql
        ),
        raw_personal_data=untreated_personal_data(design),
        realtime_history=design.requirements.realtime_history,
        replayable=bool(sources) and all(source.capabilities.replayable for source in sources),
        unreachable=freshness_fit(design).problem,
    )


def architecture(facts: ArchitectureFacts) -> Advice[Pattern]:
    """Answer the three questions; pure."""
    inputs = (
        f"freshness {minutes_in_words(facts.freshness)}"
        if facts.freshness is not None
        else "no freshness target",
        f"{facts.destination} {'runs' if facts.strong_destination else 'does not run'} SQL transforms",
        f"not SQL: {', '.join(facts.not_sql)}" if facts.not_sql else "all transforms are SQL",
        *(
            (f"untreated personal data: {', '.join(facts.raw_personal_data)}",)
            if facts.raw_personal_data
            else ()
        ),
        *(("history beside real time",) if facts.realtime_history else ()),
    )
    if facts.freshness is not None and facts.freshness < 15:
        return _real_time(facts, facts.freshness, inputs)
    place, why = _where(facts)
    other: Pattern = "batch_etl" if place == "batch_elt" else "batch_elt"
    wanted = minutes_in_words(facts.freshness) if facts.freshness is not None else "no freshness target"
    reason = f"{'freshness ' if facts.freshness is not None else ''}{wanted}, {why}"
    if facts.unreachable:
        reason += f"; unreachable as scheduled: {facts.unreachable}"
    return Advice(
        place,
        reason,
        other,
        _other_reason(place, facts),
        rule=f"cadence.batch+{place.removeprefix('batch_')}",
        inputs=inputs,
    )


def _connector(name: str) -> Connector | None:
    """Return a connector; None for one that is not chosen yet or not known, which is said elsewhere."""
    try:
        return connector(name)
    except DesignError:
        return None


def nearest_offered(advice: Advice[Pattern]) -> Pattern:
    """Return the pattern this release generates: the choice, or the batch pattern nearest to it."""
    for pattern in (advice.choice, advice.alternative):
        if pattern is not None and pattern in OFFERED:
            return pattern
    return "batch_etl" if "+etl" in advice.rule else "batch_elt"


def _real_time(facts: ArchitectureFacts, freshness: float, inputs: tuple[str, ...]) -> Advice[Pattern]:
    streaming = freshness < 1
    place = "etl" if _where(facts)[0] == "batch_etl" else "elt"
    asked = f"freshness {minutes_in_words(freshness)}"
    later = "this release generates batch pipelines only, every 15 min at the shortest"
    if facts.realtime_history:
        kind = "Kappa" if facts.replayable else "Lambda"
        log = (
            "the sources are logs that can be replayed"
            if facts.replayable
            else "no replayable log, so batch corrects the stream"
        )
        return Advice(
            "hybrid",
            f"{asked} with history beside it: {kind}, {log}; {later}",
            "streaming_etl" if streaming else "micro_batch",
            "when history is not needed beside the real-time results",
            rule=f"history.{kind.lower()}+{place}",
            inputs=inputs,
            offered=False,
        )
    if streaming:
        return Advice(
            "streaming_etl",
            f"{asked} is under 1 min; {later}",
            "micro_batch",
            "when 1 min or more is fresh enough",
            rule=f"cadence.streaming+{place}",
            inputs=inputs,
            offered=False,
        )
    return Advice(
        "micro_batch",
        f"{asked} lies between 1 and 15 min; {later}",
        "batch_etl" if place == "etl" else "batch_elt",
        "when 15 min or more is fresh enough",
        rule=f"cadence.micro_batch+{place}",
        inputs=inputs,
        offered=False,
    )


def _where(facts: ArchitectureFacts) -> tuple[Pattern, str]:
    if facts.strong_destination and not facts.not_sql and not facts.raw_personal_data:
        return "batch_elt", f"SQL transforms, {facts.destination} runs them"
    if facts.raw_personal_data:
        named, one = ", ".join(facts.raw_personal_data[:3]), len(facts.raw_personal_data) == 1
        looks = "looks" if one else "look"
        return "batch_etl", f"{named} {looks} personal and should not land raw in {facts.destination}"
    if facts.not_sql:
        verb = "is" if len(facts.not_sql) == 1 else "are"
        return (
            "batch_etl",
            f"{', '.join(facts.not_sql[:3])} {verb} not SQL, so tables are made before they land",
        )
    return "batch_etl", f"{facts.destination} does not run SQL, so an embedded DuckDB does"


def _other_reason(place: str, facts: ArchitectureFacts) -> str:
    if place == "batch_elt":
        return f"when no staging tables may lie in {facts.destination}"
    if facts.raw_personal_data:
        return "when every personal column is dropped, masked or tokenized"
    if facts.not_sql:
        return f"when staging should lie in {facts.destination} all the same"
    return "when the destination is a database that runs SQL"
