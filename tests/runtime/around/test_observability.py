"""Logs carry the run and hide secrets; metrics are what Prometheus reads; nobody untold fails a run."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from templates.src.settings import Settings
from templates.src.utils import credentials
from templates.src.utils.alerts import notify
from templates.src.utils.lineage import Dataset, LineageEmitter
from templates.src.utils.logging_config import configure_logging
from templates.src.utils.metrics import METRICS, MetricsCollector
from tests.runtime.around.world import settings

SECRET = "s3cr3t/pass:word@1"


class Receiver:
    """A web server that keeps what it is sent and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def take(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.command, self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        for method in ("POST", "PUT"):
            setattr(Handler, f"do_{method}", Handler.take)
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def json(self) -> list[Any]:
        return [json.loads(body) for *_, body in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def lines(logs: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


def test_every_line_carries_pipeline_and_run(logs: io.StringIO) -> None:
    structlog.get_logger("a").info("one", rows=1)
    structlog.get_logger("b").warning("two")
    assert [(line["event"], line["pipeline"], line["run_id"]) for line in lines(logs)] == [
        ("one", "shop", "run-7"), ("two", "shop", "run-7"),
    ]  # fmt: skip


def test_secrets_are_hidden_wherever_they_stand(logs: io.StringIO) -> None:
    credentials.register_environment({"SHOP_PASSWORD": SECRET, "PATH": "/usr/bin"})
    log = structlog.get_logger("x")
    log.info(
        f"connecting with {SECRET}", nested={"deep": [SECRET, {"password": "other"}]}, error=OSError(SECRET)
    )
    log.info("url", url="postgresql://ada:hunter2@db/shop", api_key="k")
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("crashed")
    text = logs.getvalue()
    assert all(hidden not in text for hidden in (SECRET, "hunter2", '"other"', '"k"'))
    assert "postgresql://ada:***@db/shop" in text
    assert "/usr/bin" not in text


def test_secrets_come_from_mounted_files_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET + "\n")
    credentials.register_environment({"API_TOKEN_FILE": str(tmp_path / "token")})
    assert credentials.redact(f"<{SECRET}>") == "<***>"


def test_a_person_at_a_terminal_gets_short_lines() -> None:
    buffer = io.StringIO()
    configure_logging("shop", "run-7", stream=buffer, human=True)
    structlog.get_logger("x").info("table_extracted", rows=3)
    assert "table_extracted" in buffer.getvalue()
    assert not buffer.getvalue().startswith("{")


def collected() -> MetricsCollector:
    made = MetricsCollector('shop "quoted"\\', "run-7")
    made.record_extraction(10, "orders")
    made.record_load(8, rejected=1, filtered=1, table="orders")
    made.record_quality_check(passed=True)
    made.record_quality_check(passed=False)
    made.start_timer("extraction")
    assert made.stop_timer("extraction") >= 0
    return made


def test_prometheus_reads_what_is_written(tmp_path: Path) -> None:
    made = collected()
    assert made.finalize().balanced
    path = made.write(tmp_path / "state")
    families = {family.name: family for family in text_string_to_metric_families(path.read_text())}
    assert set(families) <= set(METRICS)
    for name, family in families.items():
        assert (family.type, family.documentation) == METRICS[name][:2]
        assert all(set(sample.labels) == set(METRICS[name][2]) for sample in family.samples)
    (loaded,) = families["pipeline_records_loaded"].samples
    assert (loaded.value, loaded.labels) == (8.0, {"pipeline": 'shop "quoted"\\', "table": "orders"})
    assert list((tmp_path / "state").iterdir()) == [path]


def test_a_failed_run_keeps_the_time_of_the_last_success(tmp_path: Path) -> None:
    name = "pipeline_last_success_timestamp_seconds"

    def last_success(text: str) -> float:
        (family,) = [family for family in text_string_to_metric_families(text) if family.name == name]
        return float(family.samples[0].value)

    first = MetricsCollector("shop", "1")
    first.finalize()
    before = last_success(first.write(tmp_path).read_text())
    second = MetricsCollector("shop", "2")
    second.finalize("failed", 1)
    assert last_success(second.write(tmp_path).read_text()) == before


def test_only_metrics_of_the_list_can_be_set() -> None:
    with pytest.raises(KeyError):
        MetricsCollector("shop", "1").set("pipeline_made_up", 1)
    with pytest.raises(KeyError, match="has the labels"):
        MetricsCollector("shop", "1").set("pipeline_table_rows", 1)


def test_metrics_are_pushed_and_a_dead_gateway_is_only_logged(receiver: Receiver, logs: io.StringIO) -> None:
    made = MetricsCollector("shop", "1")
    made.finalize()
    assert made.push({"PROMETHEUS_PUSHGATEWAY_URL": receiver.url + "/"})
    method, path, headers, body = receiver.requests[0]
    assert (method, path, headers["Content-Type"]) == (
        "PUT",
        "/metrics/job/shop",
        "text/plain; version=0.0.4",
    )
    assert body.decode() == made.exposition()
    assert not made.push({"PROMETHEUS_PUSHGATEWAY_URL": "http://127.0.0.1:1"})
    assert not made.push({"PROMETHEUS_PUSHGATEWAY_URL": "file:///etc/passwd"})
    assert [line["event"] for line in lines(logs)] == ["metrics_push_failed"] * 2


def alerting(tmp_path: Path, receiver: Receiver, *kinds: str) -> Settings:
    channels: list[dict[str, Any]] = [
        {"type": kind, "webhook_url": "${HOOK}", "routing_key": "${ROUTING}", "recipients": ["a@b.example"]}
        for kind in kinds
    ]
    environment = {"HOOK": f"{receiver.url}/hook/{SECRET}", "ROUTING": SECRET, "PAGERDUTY_URL": receiver.url}
    return settings(tmp_path, environment, monitoring={"alerts": {"channels": channels}})


def test_channels_are_told_without_secrets(tmp_path: Path, receiver: Receiver) -> None:
    credentials.register([SECRET])
    told = notify(
        alerting(tmp_path, receiver, "slack", "webhook", "pagerduty"), "error", "failed", f"bad <{SECRET}>"
    )
    slack, webhook, pagerduty = receiver.json()
    assert told == 3
    assert slack == {"text": "*ERROR: shop: failed*\nbad &lt;***&gt;"}
    assert webhook == {
        "pipeline": "shop",
        "severity": "error",
        "title": "shop: failed",
        "message": "bad <***>",
    }
    assert pagerduty["payload"] == {
        "summary": "shop: failed: bad <***>",
        "source": "shop",
        "severity": "error",
    }


def test_warnings_page_nobody(tmp_path: Path, receiver: Receiver) -> None:
    assert notify(alerting(tmp_path, receiver, "pagerduty"), "warn", "odd", "look") == 0
    assert receiver.requests == []


def test_an_alert_that_cannot_be_delivered_fails_nothing(
    tmp_path: Path, receiver: Receiver, logs: io.StringIO
) -> None:
    receiver.status = 500
    configured = alerting(tmp_path, receiver, "slack", "email")
    assert notify(configured, "critical", "failed", "m") == 0
    assert [(line["event"], line["channel"]) for line in lines(logs)] == [
        ("alert_not_delivered", "slack"), ("alert_not_delivered", "email"),
    ]  # fmt: skip
    assert SECRET not in logs.getvalue()
    unset = settings(
        tmp_path, {}, monitoring={"alerts": {"channels": [{"type": "slack", "webhook_url": "${HOOK}"}]}}
    )
    assert notify(unset, "error", "t", "m") == 0


def test_lineage_goes_to_file_and_address(tmp_path: Path, receiver: Receiver) -> None:
    credentials.register([SECRET])
    emitter = LineageEmitter("shop", "run-7", tmp_path, {"OPENLINEAGE_URL": receiver.url})
    source = Dataset("sqlite", "orders", (("order_id", "bigint"),), rows=3)
    target = Dataset("duckdb", "revenue", column_inputs={"day": (("sqlite", "orders", "ordered_at"),)})
    emitter.start("transformation", [source])
    emitter.complete("transformation", [source], [target])
    emitter.fail("loading", f"lost {SECRET}")
    written = [json.loads(line) for line in (tmp_path / "lineage.ndjson").read_text().splitlines()]
    assert written == receiver.json()
    assert [event["eventType"] for event in written] == ["START", "COMPLETE", "FAIL"]
    assert written[0]["run"]["runId"] == written[1]["run"]["runId"] != written[2]["run"]["runId"]
    assert written[1]["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 3
    columns = written[1]["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert columns == {
        "day": {"inputFields": [{"namespace": "sqlite", "name": "orders", "field": "ordered_at"}]}
    }
    assert SECRET not in json.dumps(written)


def test_a_dead_lineage_server_is_tried_once(tmp_path: Path, logs: io.StringIO) -> None:
    emitter = LineageEmitter("shop", "run-7", tmp_path, {"OPENLINEAGE_URL": "http://127.0.0.1:1"})
    emitter.start("a")
    emitter.start("b")
    assert [line["event"] for line in lines(logs)] == ["lineage_not_sent"]
    assert len(emitter.events) == 2
