"""Alert channels: which fields each kind needs, and how a secret is named without being written down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.design.models import AlertChannel, PipelineDesign

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Z_][A-Z0-9_]*)")
CHANNEL_TITLES = {
    "slack": "Slack",
    "email": "E-mail",
    "webhook": "Webhook",
    "pagerduty": "PagerDuty",
}


@dataclass(frozen=True)
class ChannelField:
    """One field of a channel; ``secret`` ones hold a ${NAME}, never the value."""

    name: str
    label: str
    hint: str
    placeholder: str
    secret: bool = False


_WEBHOOK_HINT = "Name of the environment variable that holds the URL; the URL is a secret"
CHANNEL_FIELDS: dict[str, tuple[ChannelField, ...]] = {
    "slack": (
        ChannelField("webhook_url", "Webhook", _WEBHOOK_HINT, "${SLACK_WEBHOOK_URL}", secret=True),
        ChannelField("channel", "Channel", "Empty: the webhook's own", "#data-alerts"),
    ),
    "email": (
        ChannelField("recipients", "Recipients", "Comma-separated addresses", "data-team@example.com"),
    ),
    "webhook": (ChannelField("webhook_url", "URL", _WEBHOOK_HINT, "${ALERT_WEBHOOK_URL}", secret=True),),
    "pagerduty": (
        ChannelField(
            "routing_key",
            "Routing key",
            "Name of the variable that holds it",
            "${PAGERDUTY_KEY}",
            secret=True,
        ),
    ),
}


def new_channel(design: PipelineDesign) -> AlertChannel:
    """Return a channel of the first kind there is none of yet, its secret named as is usual."""
    used = {channel.type for channel in design.monitoring.alerts.channels}
    for kind, fields in CHANNEL_FIELDS.items():
        if kind not in used:
            secrets = {field.name: field.placeholder for field in fields if field.secret}
            return AlertChannel.model_validate({"type": kind, **secrets})
    return AlertChannel(type="webhook")


def channel_value(channel: AlertChannel, name: str) -> str:
    """Return a field of a channel as the form shows it."""
    value = getattr(channel, name)
    return ", ".join(value) if isinstance(value, list) else value or ""


def put_channel(channel: AlertChannel, field: ChannelField, text: str) -> None:
    """Put what a person gave into a channel.

    Raises:
        ValueError: a secret was written out instead of the name of its variable; it is not kept.
    """
    text = text.strip()
    if field.name == "recipients":
        channel.recipients = [address.strip() for address in text.split(",") if address.strip()]
    elif not field.secret:
        setattr(channel, field.name, text or None)
    elif not text:
        setattr(channel, field.name, None)
    elif match := _NAME.fullmatch(text):
        setattr(channel, field.name, f"${{{match[1] or match[2]}}}")
    else:
        raise ValueError(
            f"write the name of the variable, as {field.placeholder}; the secret stays out of the design"
        )


def change_kind(channel: AlertChannel, kind: str) -> AlertChannel:
    """Return a channel of another kind that keeps what both kinds have."""
    names = {field.name for field in CHANNEL_FIELDS[kind]}
    kept = {name: getattr(channel, name) for name in names if getattr(channel, name)}
    for field in CHANNEL_FIELDS[kind]:
        if field.secret and field.name not in kept:
            kept[field.name] = field.placeholder
    return AlertChannel.model_validate({"type": kind, **kept})
