"""Telling people: Slack, webhook, e-mail, PagerDuty. A message that cannot be delivered never fails a run.

As a program it is for whoever starts the pipeline and sees it die: SEVERITY TITLE MESSAGE.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from .credentials import redact, register, register_environment
from .environment import Scalar
from .http_post import TIMEOUT_SECONDS, DeliveryError, send
from .retry import ConfigurationError

if TYPE_CHECKING:
    from ..settings import AlertChannelSettings, Settings

logger = structlog.get_logger(__name__)

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"
_LONGEST = 3000
_SIGNS = {"info": "INFO", "warn": "WARNING", "error": "ERROR", "critical": "CRITICAL"}


class AlertSeverity(Enum):
    """How grave an alert is."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    CRITICAL = "critical"


class AlertChannel(Protocol):
    """A way to tell somebody."""

    def send(self, severity: AlertSeverity, title: str, message: str) -> bool:
        """Deliver an alert and return whether that was needed and done.

        Raises:
            DeliveryError: it could not be delivered.
        """


class SlackChannel:
    """An incoming webhook of Slack."""

    def __init__(self, url: str, channel: str | None = None) -> None:
        self._url = url
        self._channel = channel

    def send(self, severity: AlertSeverity, title: str, message: str) -> bool:
        """Post a message."""
        body: dict[str, Any] = {"text": f"*{_SIGNS[severity.value]}: {_slack(title)}*\n{_slack(message)}"}
        if self._channel:
            body["channel"] = self._channel
        send(self._url, json.dumps(body).encode())
        return True


class WebhookChannel:
    """Any address that takes JSON with severity, title and message."""

    def __init__(self, url: str, pipeline: str) -> None:
        self._url = url
        self._pipeline = pipeline

    def send(self, severity: AlertSeverity, title: str, message: str) -> bool:
        """Post the alert."""
        body = {"pipeline": self._pipeline, "severity": severity.value, "title": title, "message": message}
        send(self._url, json.dumps(body).encode())
        return True


class PagerDutyChannel:
    """PagerDuty's Events API v2; only errors and worse page somebody."""

    def __init__(self, routing_key: str, pipeline: str, url: str = PAGERDUTY_URL) -> None:
        self._routing_key = routing_key
        self._pipeline = pipeline
        self._url = url

    def send(self, severity: AlertSeverity, title: str, message: str) -> bool:
        """Open an incident; alerts of one pipeline and title join the open one."""
        if severity not in (AlertSeverity.ERROR, AlertSeverity.CRITICAL):
            return False
        body = {
            "routing_key": self._routing_key,
            "event_action": "trigger",
            "dedup_key": f"{self._pipeline}: {title}"[:255],
            "payload": {
                "summary": f"{title}: {message}"[:1024],
                "source": self._pipeline,
                "severity": severity.value,
            },
        }
        send(self._url, json.dumps(body).encode())
        return True


class EmailChannel:
    """SMTP by environment: SMTP_HOST, SMTP_PORT (587), SMTP_USER, SMTP_PASSWORD, SMTP_FROM, SMTP_TLS.

    SMTP_TLS is starttls (default), tls (implicit, as on port 465) or off.
    """

    def __init__(self, recipients: tuple[str, ...], environment: Mapping[str, Scalar]) -> None:
        self._recipients = recipients
        self._environment = environment

    def send(self, severity: AlertSeverity, title: str, message: str) -> bool:
        """Send a message to all recipients."""
        import smtplib  # most runs send no mail, and need not wait for these
        import ssl
        from email.message import EmailMessage

        host, user = self._value("SMTP_HOST"), self._value("SMTP_USER")
        if not host:
            raise DeliveryError("SMTP_HOST is not set")
        mail = EmailMessage()
        mail["Subject"] = " ".join(f"[{_SIGNS[severity.value]}] {title}".split())
        mail["From"] = self._value("SMTP_FROM") or user or "pipeline@localhost"
        mail["To"] = ", ".join(self._recipients)
        mail.set_content(message)
        port, mode = int(self._value("SMTP_PORT") or 587), (self._value("SMTP_TLS") or "starttls").lower()
        context = ssl.create_default_context()
        try:
            with (
                smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
                if mode == "tls"
                else smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
            ) as server:
                if mode == "starttls":
                    server.starttls(context=context)
                if user:
                    server.login(user, self._value("SMTP_PASSWORD"))
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"{type(error).__name__} while sending through {host}:{port}") from None
        return True

    def _value(self, name: str) -> str:
        return str(self._environment.get(name) or "")


def channel(settings: Settings, configured: AlertChannelSettings) -> AlertChannel:
    """Return the channel of a configuration entry, its references expanded.

    Raises:
        ConfigurationError: a variable it refers to is missing, or its type is unknown.
    """
    values = settings.expand(
        {
            "webhook_url": configured.webhook_url,
            "routing_key": configured.routing_key,
            "channel": configured.channel,
        }
    )
    url, key = str(values["webhook_url"] or ""), str(values["routing_key"] or "")
    register([url, key])
    pipeline = settings.pipeline.name
    if configured.type == "slack":
        return SlackChannel(url, str(values["channel"] or "") or None)
    if configured.type == "webhook":
        return WebhookChannel(url, pipeline)
    if configured.type == "pagerduty":
        return PagerDutyChannel(key, pipeline, settings.environment.get("PAGERDUTY_URL", PAGERDUTY_URL))
    if configured.type == "email":
        return EmailChannel(configured.recipients, dict(settings.environment))
    raise ConfigurationError(f"there is no alert channel of type {configured.type!r}")


def notify(settings: Settings, severity: str, title: str, message: str) -> int:
    """Tell every configured channel and return how many took it. Failures are logged, never raised.

    Args:
        settings: The configuration with its channels.
        severity: info, warn, error or critical.
        title: A few words; the pipeline's name is put before them.
        message: What happened and what to do; secrets are hidden.
    """
    told = 0
    heading = redact(f"{settings.pipeline.name}: {title}")
    text = redact(message)[:_LONGEST]
    for configured in settings.monitoring.channels:
        try:
            told += channel(settings, configured).send(AlertSeverity(severity), heading, text)
        except (DeliveryError, ConfigurationError, ValueError) as error:
            logger.warning("alert_not_delivered", channel=configured.type, error=str(error))
    return told


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def main(arguments: Sequence[str]) -> int:
    """Tell every channel of the configuration: severity, title, message."""
    from ..settings import load_settings

    severity, title, message = arguments
    settings = load_settings()
    register_environment(settings.environment)
    return 0 if notify(settings, severity, title, message) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
