"""Errors that are meant for a person: what happened, where, and what to do about it."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can put right; shown as one sentence, never as a traceback.

    Args:
        what: What happened, without a full stop at the end.
        where: The file, key path, table or connection concerned, if there is one.
        fix: What to do about it, in the imperative.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(what, where, fix)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f". {self.fix[0].upper()}{self.fix[1:]}" if self.fix else ""
        text = f"{place}{self.what}{remedy}"
        return text if text.endswith("?") else text.rstrip(".") + "."


class DesignError(UserError):
    """A design file that is not well-formed or asks for what cannot be."""


class DraftError(UserError):
    """A draft that cannot be read, written or taken over."""


class ProbeError(UserError):
    """A live connection that failed; ``kind`` says which way.

    Args:
        kind: One of ``unreachable``, ``refused``, ``tls``, ``authentication``, ``no_such_database``,
            ``no_permission``, ``missing_driver``, ``timeout``, ``missing_settings``, ``cancelled``,
            ``other``.
    """

    def __init__(self, what: str, *, kind: str, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.kind = kind
        self.args = (what, kind, where, fix)

    def __reduce__(self) -> tuple[object, tuple[str, str, str, str]]:
        return _probe_error, (self.what, self.kind, self.where, self.fix)


class WriteError(UserError):
    """A project that could not be written; nothing was left half-written."""


def _probe_error(what: str, kind: str, where: str, fix: str) -> ProbeError:
    return ProbeError(what, kind=kind, where=where, fix=fix)
