"""The contract fits systems that are no databases: a REST API, added by another package, works through every door."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from generator.connectors import registry
from generator.connectors.base import ConnectorSettings
from generator.connectors.catalog import Catalog, Profile, Sample
from generator.connectors.compat import compatible, connector_problems
from generator.connectors.jobs import Request, run
from generator.design.models import PipelineDesign
from generator.errors import ProbeError

TOKEN = "token-of-this-test"
CONNECTOR = '''
import json
import urllib.error
import urllib.request

from generator.connectors.base import Capabilities, Connector, ConnectorSettings, Contradiction, Templates, setting
from generator.connectors.catalog import Catalog, ColumnProfile, ProbedColumn, ProbedTable, Profile, Sample
from generator.errors import ProbeError


class Settings(ConnectorSettings):
    """Where the API is, and one of two ways to log in."""

    base_url: str = setting(title="Base URL", help="Address every path starts from", example="https://api.example.com")
    token: str | None = setting(None, title="Token", help="Bearer token of the account", secret=True)
    key_file: str | None = setting(None, title="Key file", help="File that holds a signing key", path="file")

    @classmethod
    def contradictions(cls, connection, role):
        if "token" in connection and "key_file" in connection:
            return [Contradiction("key_file", "token and key_file exclude each other", "give one of them")]
        return []


class Rest(Connector):
    id = "rest"
    title = "REST API"
    summary = "JSON resources over HTTP"
    roles = frozenset({"source"})
    kind = "api"
    Settings = Settings
    capabilities = Capabilities(extraction=frozenset({"full", "incremental"}), typed=False)
    templates = Templates(source=("src/extractors/rest.py",))

    def get(self, settings, path):
        asked = urllib.request.Request(settings.base_url + path, headers={"Authorization": f"Bearer {settings.token}"})
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            what = f"the API does not accept the token {settings.token} ({error.code})"
            raise ProbeError(what, kind="authentication", where=settings.base_url, fix="check the token") from None

    def probe(self, settings, *, timeout=10.0, on_table=None):
        tables = []
        for path in self.get(settings, "/"):
            rows = self.get(settings, path)
            columns = tuple(ProbedColumn(name=name, source_type="json") for name in rows[0])
            table = ProbedTable(name=path, alias=path.strip("/").replace("/", "_"), kind="resource", columns=columns)
            tables.append(table)
            if on_table:
                on_table(table)
        return Catalog(connector=self.id, system="REST", tables=tuple(tables))

    def sample(self, settings, table, *, rows=100):
        found = self.get(settings, table.name)[:rows]
        return Sample(columns=table.column_names, rows=tuple(tuple(str(v) for v in row.values()) for row in found))

    def profile(self, settings, table, *, rows=10_000):
        found = self.get(settings, table.name)[:rows]
        columns = {n: ColumnProfile(null_rate=0.0, distinct=len({r[n] for r in found})) for n in table.column_names}
        return Profile(table=table.name, sampled_rows=len(found), columns=columns)
'''
RESOURCES = {"/": ["/v1/orders"], "/v1/orders": [{"id": 1, "state": "paid"}, {"id": 2, "state": "paid"}]}


class Api(BaseHTTPRequestHandler):
    """Answers the resources to whoever has the token."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
        self.send_response(200 if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps(RESOURCES[self.path]).encode() if allowed else b"")

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def base_url() -> Iterator[str]:
    """A running API."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[ConnectorSettings]:
    """The connector, installed as another package, here and in workers."""
    (tmp_path / "rest_connector.py").write_text(CONNECTOR)
    info = tmp_path / "rest_connector-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rest-connector\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pipewizard.connectors]\nrest = rest_connector:Rest\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("rest", "rest_connector:Rest", registry.GROUP)
    monkeypatch.setattr(registry, "_offered", lambda: {"rest": point})
    return registry.connector("rest").Settings


@pytest.mark.slow
def test_an_api_is_probed_sampled_and_profiled_in_a_job(rest: type[ConnectorSettings], base_url: str) -> None:
    settings = rest.model_validate({"base_url": base_url, "token": TOKEN})
    catalog = run(Request("probe", "rest", settings))
    assert isinstance(catalog, Catalog)
    (table,) = catalog.tables
    assert (table.name, table.alias, table.kind) == ("/v1/orders", "v1_orders", "resource")
    sample = run(Request("sample", "rest", settings, table=table, rows=1))
    assert isinstance(sample, Sample)
    assert sample.rows == (("1", "paid"),)
    profile = run(Request("profile", "rest", settings, table=table))
    assert isinstance(profile, Profile)
    assert profile.columns["state"].distinct == 1


@pytest.mark.slow
def test_a_careless_connector_still_tells_no_secret(rest: type[ConnectorSettings], base_url: str) -> None:
    settings = rest.model_validate({"base_url": base_url, "token": "wrong-token-of-this-test"})
    with pytest.raises(ProbeError) as caught:
        run(Request("probe", "rest", settings))
    assert caught.value.kind == "authentication"
    assert "the token ***" in str(caught.value)


def test_a_design_with_it_is_checked_by_what_it_declares(rest: type[ConnectorSettings]) -> None:
    connection = {"base_url": "${API_URL}", "token": "${API_TOKEN}", "key_file": "/k"}
    design = PipelineDesign.model_validate(
        {
            "sources": [
                {"name": "api", "type": "rest", "connection": connection, "tables": [{"table": "/v1/orders"}]}
            ],
            "destination": {"type": "duckdb", "connection": {"path": "w.duckdb"}},
        }
    )
    (problem,) = connector_problems(design)
    assert problem.path == "sources[0].connection.key_file"
    assert compatible("rest", "postgres", "batch_elt", "scd2", "sql") == []
    (reason,) = compatible(None, "rest")
    assert reason.text == "REST API is offered as a source only"
