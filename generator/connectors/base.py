"""The connector contract: one self-describing unit per system.

Adding a system means adding its module (settings, capabilities, probe) and its templates; everything else
(forms, environment variables, compatibility, documents, the conformance suite) follows from what is declared.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.fields import FieldInfo

from generator.design.secrets import env_name

from .catalog import SAMPLE_ROWS, Catalog, ProbedTable, Profile, Sample
from .environment import env_references

Role = Literal["source", "destination"]
Kind = Literal["database", "api", "object_store", "files", "stream", "warehouse"]
DEFAULT_TIMEOUT_SECONDS = 10.0
STATEMENT_TIMEOUT_SECONDS = 30.0
"""Longest time one statement of a probe, sample or profile may take."""
DISPLAY_LIMIT = 2_000
"""Longest value of a sample, in characters."""


def setting(
    default: Any = ...,
    *,
    title: str,
    help: str,
    example: str = "",
    secret: bool = False,
    advanced: bool = False,
    env: str = "",
    path: Literal["file", "folder", ""] = "",
    role: Role | Literal[""] = "",
    destination_help: str = "",
    **constraints: Any,
) -> Any:
    """Declare one field of a connector's settings with everything a form, an env name and a document need.

    Args:
        default: Value when nothing is given; omit for a required field.
        title: Label in forms, as ``Host``.
        help: One sentence under the field.
        example: Placeholder text.
        secret: The value is only ever a ``${ENV_NAME}`` reference outside memory.
        advanced: Folded away in forms.
        env: Suffix of the suggested environment variable, as ``HOST``; default: the field's name.
        path: Whether the value is a path on this machine.
        role: The one role the field is for; empty for both.
        destination_help: What takes the place of ``help`` in the form of a destination.
        constraints: Passed on to pydantic (``ge``, ``le``, ...).
    """
    extra: dict[str, JsonValue] = {
        "help": help, "example": example, "secret": secret, "advanced": advanced, "env": env, "path": path,
        "role": role, "destination_help": destination_help,
    }  # fmt: skip
    return Field(default, title=title, description=help, json_schema_extra=extra, **constraints)


@dataclass(frozen=True)
class Contradiction:
    """Fields of one connection that do not go together; ``field`` is where a form shows it."""

    field: str
    message: str
    fix: str = ""


class ConnectorSettings(BaseModel):
    """Base of every connector's settings: values with ``${ENV}`` already expanded.

    Secrets never show in repr.
    """

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    @classmethod
    def hint(cls, name: str) -> dict[str, Any]:
        """Return the form hints of a field: help, example, secret, advanced, env, path, role."""
        info: FieldInfo = cls.model_fields[name]
        extra = info.json_schema_extra
        return dict(extra) if isinstance(extra, dict) else {}

    @classmethod
    def secrets(cls) -> set[str]:
        """Return the names of the fields whose values are secret."""
        return {name for name in cls.model_fields if cls.hint(name).get("secret")}

    @classmethod
    def names(cls, role: Role) -> list[str]:
        """Return the names of the fields a form shows for a role, in order."""
        return [name for name in cls.model_fields if cls.hint(name).get("role") in ("", None, role)]

    @classmethod
    def contradictions(cls, connection: Mapping[str, Any], role: Role) -> list[Contradiction]:
        """Return what is wrong between fields; values may still be ``${ENV}`` references.

        Override where one field needs or excludes another (a password or a key file, a host or a URL).
        """
        return []

    def __repr_args__(self) -> Any:
        hidden = self.secrets()
        return [
            (name, "***" if name in hidden and value else value) for name, value in super().__repr_args__()
        ]


@dataclass(frozen=True)
class Capabilities:
    """What a system can do, declared rather than found out by failing."""

    extraction: frozenset[str] = frozenset()
    loading: frozenset[str] = frozenset()
    transactional: bool = False
    """Data, state and audit commit in one transaction."""
    hosts_staging: bool = False
    """Strong enough in SQL to hold staging and run transforms (ELT)."""
    schema_changes: frozenset[str] = frozenset()
    """Of add_column, widen_type, drop_column."""
    dialect: str = ""
    """sqlglot dialect of its SQL; empty where it speaks none."""
    max_identifier: int | None = None
    """Longest name, in bytes of UTF-8."""
    folds_case: bool = False
    """Names that differ only in case are one name to it."""
    typed: bool = True
    """Every value is of its column's type.

    Where not (SQLite, CSV), staging casts and rejects what does not fit.
    """
    compute: frozenset[str] = frozenset({"sql"})
    partitions: bool = False
    clusters: bool = False
    replayable: bool = False
    """A log that can be read again from the start (Kappa)."""
    guarantee: str = "exactly once: data, state and audit commit together"
    """The guarantee left to a destination, in words for the spec."""


@dataclass(frozen=True)
class Requirements:
    """What a generated project needs to use the system."""

    packages: tuple[str, ...] = ()
    """Bounded requirement strings, as ``duckdb>=2.0,<3``."""
    system_packages: tuple[str, ...] = ()
    """Debian packages for the container."""
    destination_packages: tuple[str, ...] | None = None
    """Packages as a destination, where they differ from ``packages``."""

    def for_role(self, role: Role) -> tuple[str, ...]:
        """Return the packages needed in one role."""
        return (
            self.packages
            if role == "source" or self.destination_packages is None
            else self.destination_packages
        )


@dataclass(frozen=True)
class Templates:
    """Template files (paths under ``templates/``) this system adds to a generated project, by role."""

    source: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    folder: Path | None = None
    """The ``templates/`` of another package: its connector's files, laid out as in pipewizard's own."""


ProgressCallback = Callable[[ProbedTable], None]


class Connector(ABC):
    """One system. Instances hold no state: settings go in, facts come out."""

    id: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    """One line for the connector table."""
    summaries: ClassVar[Mapping[Role, str]] = {}
    """What is true of the system in one role, where `summary` speaks of both."""
    roles: ClassVar[frozenset[Role]]
    kind: ClassVar[Kind]
    Settings: ClassVar[type[ConnectorSettings]]
    capabilities: ClassVar[Capabilities]
    requirements: ClassVar[Requirements] = Requirements()
    templates: ClassVar[Templates] = Templates()
    extra: ClassVar[str] = ""
    """Name of the pipewizard extra that installs the driver; empty where none is needed."""

    def summary_as(self, role: Role) -> str:
        """Return what the system is to someone who chooses it for a role, in one line."""
        return self.summaries.get(role, self.summary)

    @abstractmethod
    def probe(
        self,
        settings: ConnectorSettings,
        *,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        on_table: ProgressCallback | None = None,
    ) -> Catalog:
        """Look at the live system, read-only, and return what it holds.

        Args:
            settings: Expanded settings of this connector's ``Settings`` type.
            timeout: Seconds to connect; statements get their own bound.
            on_table: Called once with each table of the catalog, in its order, as it becomes known.

        Raises:
            ProbeError: with its ``kind``, when the system cannot be looked at.
        """

    @abstractmethod
    def sample(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = SAMPLE_ROWS) -> Sample:
        """Return up to ``rows`` rows of a table, read-only.

        Long values are cut to `DISPLAY_LIMIT` characters.
        """

    @abstractmethod
    def profile(self, settings: ConnectorSettings, table: ProbedTable, *, rows: int = 10_000) -> Profile:
        """Return null rates, distinct counts, minima and maxima over at most ``rows`` rows."""

    def test(self, settings: ConnectorSettings, *, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> str:
        """Connect as a destination would and return the server's own name and version.

        The default probes; a destination that does not exist yet (a new DuckDB file) overrides it.
        """
        return self.probe(settings, timeout=timeout).system

    def env_name(self, owner: str, field_name: str) -> str:
        """Return the suggested environment variable, as ``SHOP_PASSWORD``, for a field of a named source."""
        return env_name(owner, self.Settings.hint(field_name).get("env") or field_name)

    def display(self, connection: Mapping[str, Any]) -> str:
        """Return the connection in one line for people; of a secret only its ``${ENV_NAME}`` shows."""
        hidden = self.Settings.secrets()
        shown = {
            key: "***" if key in hidden and not env_references({key: value}) else value
            for key, value in connection.items()
            if value not in (None, "")
        }
        return ", ".join(f"{key}={value}" for key, value in shown.items())


@dataclass(frozen=True)
class Reason:
    """Why a combination does not work (or is discouraged), for the greyed-out option and for the CLI."""

    subject: str
    """What is ruled out, as ``destination.loading.strategy=scd2``."""
    text: str
    fix: str = ""
    severity: Literal["error", "warning"] = "error"
    alternatives: tuple[str, ...] = field(default=())
