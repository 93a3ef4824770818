"""Probes, samples, profiles and tests in a process of their own, so that a hanging driver can be ended at once.

    job = start(Request("probe", "postgres", settings))
    for kind, value in job.events():          # or: async for kind, value in job
        ...                                   # ("table", ProbedTable) as they arrive, then ("done", Catalog)
    job.cancel()                              # from any thread, at any time

The request, with its secrets, goes to the process by a pipe: never by its arguments or its environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from generator.errors import ProbeError

from .base import DEFAULT_TIMEOUT_SECONDS, ConnectorSettings
from .catalog import Catalog, Look, ProbedTable, Profile, Sample

Action = Literal["probe", "sample", "profile", "look", "test"]
Result = Catalog | Sample | Profile | str
Event = tuple[Literal["table"], ProbedTable] | tuple[Literal["look"], Look] | tuple[Literal["done"], Result]

LONGEST_SECONDS = 300.0
"""A job that takes longer is ended, whatever its driver is waiting for."""
_RESULTS: dict[str, type[Catalog | Sample | Profile]] = {
    "probe": Catalog, "sample": Sample, "profile": Profile,
}  # fmt: skip
_STDERR_TAIL = 2_000


@dataclass(frozen=True)
class Request:
    """What to do, to which system.

    Args:
        action: ``probe`` gives a Catalog, ``sample`` a Sample, ``profile`` a Profile, ``test`` the server's
            name and version, after connecting as a destination would; ``look`` tells a Look of each table.
        connector: The connector's id.
        settings: Expanded settings.
        table: The table to sample or profile.
        tables: The tables to look at.
        rows: Most rows of a sample or profile; None for the connector's own bound.
        timeout: Seconds to connect.
        limit: Seconds after which the job is ended whatever happens.
    """

    action: Action
    connector: str
    settings: ConnectorSettings = field(repr=False)
    table: ProbedTable | None = None
    tables: tuple[ProbedTable, ...] = ()
    rows: int | None = None
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    limit: float = LONGEST_SECONDS

    def to_json(self) -> str:
        """Return the request as the worker reads it, secrets included."""
        content: dict[str, Any] = {
            "action": self.action,
            "connector": self.connector,
            "settings": self.settings.model_dump(mode="json"),
            "table": self.table.model_dump(mode="json") if self.table else None,
            "tables": [table.model_dump(mode="json") for table in self.tables],
            "rows": self.rows,
            "timeout": self.timeout,
        }
        return json.dumps(content)


class Job:
    """A running request. Its events are given once, to one reader."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.cancelled = False
        self._arrived: deque[Event | ProbeError] = deque()
        self._change = threading.Condition()
        self._listener: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._finished = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "generator.connectors.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
        self._errors: deque[bytes] = deque(maxlen=20)
        self._watch = threading.Timer(request.limit, self._expire)
        self._expired = False
        threads = (
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._drain, daemon=True),
            threading.Thread(target=self._send, daemon=True),
        )
        self._watch.daemon = True
        self._watch.start()
        self._drainer = threads[1]
        for thread in threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the worker is still there."""
        return self._process.poll() is None

    def cancel(self) -> None:
        """End the worker now; a reader gets a `ProbeError` of kind ``cancelled``. Safe to call again."""
        self.cancelled = True
        self._kill()

    def events(self) -> Iterator[Event]:
        """Yield ``("table", ProbedTable)`` or ``("look", Look)`` as they arrive, then ``("done", result)``.

        Raises:
            ProbeError: what the worker found wrong; kind ``cancelled`` after `cancel`, ``timeout`` after the limit.
        """
        try:
            while True:
                with self._change:
                    while not self._arrived:
                        self._change.wait()
                    event = self._arrived.popleft()
                if isinstance(event, ProbeError):
                    raise event
                yield event
                if event[0] == "done":
                    return
        finally:
            self._kill()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yield the same events in an event loop; leaving the loop early ends the worker."""
        wake = asyncio.Event()
        with self._change:
            self._listener = (asyncio.get_running_loop(), wake)
        try:
            while True:
                while not self._arrived:
                    wake.clear()
                    if not self._arrived:
                        await wake.wait()
                event = self._arrived.popleft()
                if isinstance(event, ProbeError):
                    raise event
                yield event
                if event[0] == "done":
                    return
        finally:
            self._listener = None
            self._kill()

    def result(self) -> Result:
        """Wait for the result.

        Raises:
            ProbeError: as `events`.
        """
        found: Result = ""
        for event in self.events():
            if event[0] == "done":
                found = event[1]
        return found

    def _send(self) -> None:
        stdin = self._process.stdin
        with suppress(OSError, ValueError):
            if stdin:
                stdin.write(self.request.to_json().encode() + b"\n")
                # Left open: the worker ends itself when this end goes away with its owner.
                stdin.flush()

    def _drain(self) -> None:
        if self._process.stderr:
            for line in self._process.stderr:
                self._errors.append(line)

    def _read(self) -> None:
        tables: list[ProbedTable] = []
        try:
            for line in self._process.stdout or ():
                if (event := self._parse(line, tables)) is not None:
                    self._put(event)
        finally:
            self._watch.cancel()
            if not self._finished:
                self._process.wait()
                self._drainer.join(1)
                self._put(self._broken_off())
            self._kill()

    def _parse(self, line: bytes, tables: list[ProbedTable]) -> Event | ProbeError | None:
        kind, _, content = line.partition(b" ")
        if kind == b"table":
            table = ProbedTable.model_validate_json(content)
            tables.append(table)
            return ("table", table)
        if kind == b"look":
            return ("look", Look.model_validate_json(content))
        if kind == b"done":
            if self.request.action in ("test", "look"):
                return ("done", str(json.loads(content)))
            result = _RESULTS[self.request.action].model_validate_json(content)
            if isinstance(result, Catalog):
                result = result.model_copy(update={"tables": tuple(tables)})
            return ("done", result)
        if kind == b"error":
            fields: Mapping[str, str] = json.loads(content)
            return ProbeError(fields["what"], kind=fields["kind"], where=fields["where"], fix=fields["fix"])
        return None

    def _put(self, event: Event | ProbeError) -> None:
        with self._change:
            if self._finished:
                return
            self._finished = isinstance(event, ProbeError) or event[0] == "done"
            self._arrived.append(event)
            self._change.notify_all()
            if self._listener:
                loop, wake = self._listener
                with suppress(RuntimeError):  # the loop is closed: nobody reads any more
                    loop.call_soon_threadsafe(wake.set)

    def _broken_off(self) -> ProbeError:
        where = self.request.connector
        if self.cancelled:
            return ProbeError("cancelled", kind="cancelled", where=where)
        if self._expired:
            what = f"no answer within {self.request.limit:.0f} s; it was stopped"
            return ProbeError(
                what, kind="timeout", where=where, fix="check the system, or look at fewer tables"
            )
        code = self._process.returncode
        end = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        said = b"".join(self._errors).decode(errors="replace").strip()
        for secret in secret_values(self.request.settings):
            said = said.replace(secret, "***")
        last = said[-_STDERR_TAIL:].rsplit("\n", 1)[-1]
        what = f"the process that looked at the system {end}" + (f": {last}" if last else "")
        return ProbeError(what, kind="other", where=where, fix="try again; if it stays, report it")

    def _expire(self) -> None:
        self._expired = True
        self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()


def start(request: Request) -> Job:
    """Start a request in a process of its own."""
    return Job(request)


def run(request: Request) -> Result:
    """Do a request and wait for its result; Ctrl+C ends it.

    Raises:
        ProbeError: as `Job.events`.
    """
    return Job(request).result()


def secret_values(settings: ConnectorSettings) -> list[str]:
    """Return the secrets in use, longest first; what is shorter than three characters hides nothing."""
    found = (str(getattr(settings, name) or "") for name in settings.secrets())
    return sorted((value for value in found if len(value) > 2), key=len, reverse=True)


def _environment() -> dict[str, str]:
    """Return this process's environment, with the place this package was imported from on the path."""
    package = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (package, inherited)))}
