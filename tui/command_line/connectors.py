"""`pipewizard connectors`: what each system can do."""

from __future__ import annotations

import argparse

from .output import OK, Output

_EXTRACTION = ("full", "incremental", "cdc")
_LOADING = ("append", "overwrite", "upsert", "merge", "scd1", "scd2", "scd3")


def run(options: argparse.Namespace, output: Output) -> int:
    """Print the capability table."""
    from generator.connectors.registry import all_connectors, package_of

    found = all_connectors()
    output.json(
        {
            "connectors": [
                {
                    "id": one.id,
                    "title": one.title,
                    "summary": one.summary,
                    "kind": one.kind,
                    "roles": sorted(one.roles, reverse=True),
                    "extraction": _in_order(_EXTRACTION, one.capabilities.extraction),
                    "loading": _in_order(_LOADING, one.capabilities.loading),
                    "transactional": one.capabilities.transactional,
                    "hosts_staging": one.capabilities.hosts_staging,
                    "guarantee": one.capabilities.guarantee if "destination" in one.roles else "",
                    "settings": list(one.Settings.model_fields),
                    "extra": one.extra,
                }
                for one in found
            ]
        }
    )
    output.table(
        ["connector", "what it is", "source: extraction", "destination: loading", "install"],
        [
            [
                one.id,
                one.summary,
                ", ".join(_in_order(_EXTRACTION, one.capabilities.extraction))
                if "source" in one.roles
                else "-",
                ", ".join(_in_order(_LOADING, one.capabilities.loading))
                if "destination" in one.roles
                else "-",
                f"pipewizard[{one.extra}]" if one.extra else package_of(one.id) or "built in",
            ]
            for one in found
        ],
    )
    return OK


def _in_order(order: tuple[str, ...], names: frozenset[str]) -> list[str]:
    return [name for name in order if name in names] + sorted(names.difference(order))
