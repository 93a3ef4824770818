"""``docker/``: the image and a compose file to run it with."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath
from typing import Any

from ..planned import PlannedFile, templated, written
from ..serialize import yaml_text
from ..view import ProjectView
from .variables import Variable, variables

USER_ID = 10001


def container_files(view: ProjectView) -> list[PlannedFile]:
    """Return Dockerfile and compose file."""
    systems = {
        package
        for system in [*view.source_connectors.values(), view.destination_connector]
        for package in system.requirements.system_packages
    }
    return [
        templated(
            "docker/Dockerfile",
            "docker/Dockerfile.j2",
            pipeline=view.name,
            user_id=USER_ID,
            packages=sorted(systems),
        ),
        written("docker/docker-compose.yaml", "containers", lambda: _compose(view)),
    ]


def _compose(view: ProjectView) -> str:
    local = [item for item in variables(view) if item.path]
    service: dict[str, Any] = {
        "build": {"context": "..", "dockerfile": "docker/Dockerfile"},
        "image": f"{view.name}:{_tag(view.design.pipeline.version)}",
        "command": ["run"],
        "env_file": [{"path": "../.env", "required": False}],
        "environment": {item.name: _inside(item) for item in local},
        "volumes": ["state:/var/lib/pipeline", *(["${DATA_DIR:-../data}:/data"] if local else [])],
        "read_only": True,
        "tmpfs": [str(PurePosixPath("/", "tmp"))],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "no",
        "stop_grace_period": "60s",
    }
    document = {
        "name": str(view.name).replace("_", "-"),
        "services": {"pipeline": {key: value for key, value in service.items() if value != {}}},
        "volumes": {"state": {}},
    }
    header = [
        "Run once: docker compose -f docker/docker-compose.yaml run --rm pipeline",
        "Variables come from ../.env; paths on this machine are below DATA_DIR, mounted as /data,",
        f"which the user {USER_ID} must be able to read, and to write to where the destination lies there.",
    ]
    return yaml_text(document, header=header)


def _inside(item: Variable) -> str:
    """Return where a path of this machine lies in the container."""
    name = PurePath(item.example).name if item.example else ""
    return (
        f"/data/{name}"
        if name and name.isascii() and "$" not in name and "*" not in name
        else f"/data/{item.name.lower()}"
    )


def _tag(version: str) -> str:
    return (
        "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "-" for char in version)[
            :100
        ]
        or "1"
    )
