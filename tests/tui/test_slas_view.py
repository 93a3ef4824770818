from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.demo import demo_design
from generator.design.models import AlertChannel, PipelineDesign
from tui.views import alerts, slas
from tui.views.sla_facts import every_fact, why

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FIELDS = {field.path: field for section in slas.SECTIONS for field in section.fields}


@pytest.fixture
def design() -> PipelineDesign:
    return demo_design(Path("/nowhere"))


@pytest.mark.parametrize(
    "path", [path for path, field in FIELDS.items() if path != "preset" and field.kind != "choice"]
)
def test_what_a_field_shows_can_be_put_back(design: PipelineDesign, path: str) -> None:
    before = design.model_copy(deep=True)
    slas.put_value(design, FIELDS[path], slas.shown_value(design, FIELDS[path]))
    assert design == before


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.freshness_minutes", "soon"),
        ("requirements.freshness_minutes", "0"),
        ("requirements.retry.max_attempts", "0"),
        ("requirements.retry.max_attempts", ""),
        ("requirements.retry.backoff_factor", "0.5"),
        ("requirements.retention_days", "many"),
        ("pipeline.max_runtime_minutes", "0"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_and_nothing_changes(
    design: PipelineDesign, path: str, text: str
) -> None:
    before = design.model_copy(deep=True)
    with pytest.raises(ValueError):
        slas.put_value(design, FIELDS[path], text)
    assert design == before


def test_an_empty_optional_field_means_no_promise(design: PipelineDesign) -> None:
    slas.put_value(design, FIELDS["requirements.freshness_minutes"], "")
    assert design.requirements.freshness_minutes is None
    assert slas.summary_of(design, "freshness", NOW) == "no promise"


def test_compliance_keeps_its_order(design: PipelineDesign) -> None:
    slas.put_value(design, FIELDS["requirements.compliance.soc2"], True)
    slas.put_value(design, FIELDS["requirements.compliance.hipaa"], True)
    assert design.requirements.compliance == ["gdpr", "hipaa", "soc2"]


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("pipeline.schedule", "schedule"),
        ("requirements.retry", "retries"),
        ("requirements.retry.max_attempts", "retries"),
        ("technology.compute", "technology"),
        ("monitoring.alerts.channels[0].webhook_url", "alerts"),
        ("sources[0]", None),
    ],
)
def test_a_problem_leads_to_its_section(path: str, section: str | None) -> None:
    assert slas.section_of(path) == section


def test_every_section_says_what_follows(design: PipelineDesign) -> None:
    texts = every_fact(design, NOW)
    assert set(texts) == {section.id for section in slas.SECTIONS} | {"advice"}
    assert texts["schedule"].plain.count("06:00") >= 5
    assert "1 s · 2 s" in texts["retries"].plain


def test_a_freshness_that_cannot_be_kept_is_said_with_the_cure(design: PipelineDesign) -> None:
    design.requirements.freshness_minutes = 60
    text = every_fact(design, NOW)["freshness"].plain
    assert "!" in text
    assert "run more often" in text


def test_facts_of_an_empty_design_never_fail() -> None:
    assert every_fact(PipelineDesign(), NOW)
    assert why(PipelineDesign())


def test_a_webhook_is_only_ever_a_name() -> None:
    channel = AlertChannel(type="slack")
    webhook = alerts.CHANNEL_FIELDS["slack"][0]
    alerts.put_channel(channel, webhook, "SLACK_WEBHOOK_URL")
    assert channel.webhook_url == "${SLACK_WEBHOOK_URL}"
    with pytest.raises(ValueError, match="name of the variable"):
        alerts.put_channel(channel, webhook, "https://hooks.slack.com/services/T0/B0/secret")
    assert channel.webhook_url == "${SLACK_WEBHOOK_URL}"


def test_new_channels_differ_in_kind(design: PipelineDesign) -> None:
    for _ in range(4):
        design.monitoring.alerts.channels.append(alerts.new_channel(design))
    assert [c.type for c in design.monitoring.alerts.channels] == ["slack", "email", "webhook", "pagerduty"]


def test_another_kind_of_channel_keeps_what_both_have() -> None:
    slack = AlertChannel(type="slack", webhook_url="${MINE}", channel="#x")
    webhook = alerts.change_kind(slack, "webhook")
    assert (webhook.type, webhook.webhook_url, webhook.channel) == ("webhook", "${MINE}", None)
