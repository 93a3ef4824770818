"""A container without an engine: a Dockerfile's own instructions carried out on layers over this machine's files.

A mount namespace holds an overlay for every stage, so that nothing of this machine changes; the result is run as a
compose file says: user, capabilities, read-only root, volumes and tmpfs. The base image is this machine with the
Python of the tests. It takes root, for only root may mount.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.servers.presence import absent

BUILD_SECONDS = 500
RUN_SECONDS = 200
TEMPORARY = Path("/", "tmp").as_posix()


@dataclass
class Stage:
    """One stage of an image: where its files are, and what its instructions have set."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)


class Container:
    """The image of a project, and runs of it. Every command runs in the namespace of ``holder``."""

    def __init__(self, project: Path, base: Path, holder: int) -> None:
        self.project = project
        self.base = base
        self._holder = holder
        self._stages: dict[str, Stage] = {}
        self.service: dict[str, Any] = yaml.safe_load((project / "docker/docker-compose.yaml").read_text())[
            "services"
        ]["pipeline"]

    def inside(self, *words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command in the namespace."""
        line = ["nsenter", f"--mount=/proc/{self._holder}/ns/mnt", "--", *map(str, words)]
        options = {"check": True, "capture_output": True, "text": True, "timeout": BUILD_SECONDS} | options
        return subprocess.run(line, **options)

    def build(self) -> None:
        """Carry out the Dockerfile, in order."""
        text = re.sub(r"\\\n\s*", "", (self.project / "docker/Dockerfile").read_text())
        stage = Stage(Path())
        for line in text.splitlines():
            instruction, _, rest = line.partition(" ")
            if instruction == "FROM":
                name = rest.partition(" AS ")[2] or "final"
                stage = self._stages[name] = self._from_this_machine(name)
            elif instruction == "RUN":
                self._in(stage, "sh", "-c", rest)
            elif instruction == "COPY":
                self._copy(stage, rest.split())
            elif instruction == "ENV":
                for item in shlex.split(rest):
                    key, _, value = item.partition("=")
                    stage.env[key] = value.replace("$PATH", stage.env["PATH"])
            elif instruction == "WORKDIR":
                stage.workdir = rest
            elif instruction == "USER":
                stage.user = rest
            elif instruction == "ENTRYPOINT":
                stage.entrypoint = json.loads(rest)
            else:
                assert instruction in ("", "#", "VOLUME", "CMD"), line
        self._as_the_service_says(stage)

    def _from_this_machine(self, name: str) -> Stage:
        upper, work, root = (self.base / name / part for part in ("upper", "work", "root"))
        self.inside("mkdir", "-p", upper, work, root)
        layers = f"lowerdir=/,upperdir={upper},workdir={work}"
        self.inside("mount", "-t", "overlay", "overlay", "-o", layers, root)
        for place in ("proc", "dev"):
            self.inside("mount", "--rbind", f"/{place}", root / place)
        # Whoever the image runs as must be able to reach the Python that stands for the base image's.
        python = Path(sys.base_prefix).resolve()
        self.inside("chmod", "a+x", *(root / str(parent).lstrip("/") for parent in python.parents))
        kept = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_", "UV_"))}
        path = f"{python}/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return Stage(root, {**kept, "PATH": path, "HOME": os.environ.get("HOME", "/root")})

    def _in(self, stage: Stage, *words: str) -> None:
        env = [f"{key}={value}" for key, value in stage.env.items()]
        cd = "cd " + shlex.quote(stage.workdir) + ' && exec "$@"'
        done = self.inside("chroot", stage.root, "env", "-i", *env, "sh", "-c", cd, "sh", *words, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"

    def _copy(self, stage: Stage, words: list[str]) -> None:
        origin = self.project
        if words[0].startswith("--from="):
            origin = self._stages[words.pop(0).removeprefix("--from=")].root
        target = words.pop()
        for word in words:
            for found in [origin / word.lstrip("/")] if "[" not in word else list(origin.glob(word)):
                place = f"{stage.root}{target}"
                self.inside("mkdir", "-p", place if target.endswith("/") else Path(place).parent)
                self.inside("cp", "-a", "--no-preserve=ownership", found, place)

    def _as_the_service_says(self, stage: Stage) -> None:
        """Mount what the service mounts, then forbid to write anything else."""
        for volume in self.service["volumes"]:
            name, _, target = volume.rpartition(":")
            folder = self.base / name.rpartition("/")[2].rstrip("}")
            # A volume begins with what the image has in its place; a folder of this machine is what it is.
            self.inside("mkdir", "-p", folder, f"{stage.root}{target}")
            if re.fullmatch(r"\w+", name):
                self.inside("chown", "--reference", f"{stage.root}{target}", folder)
                self._state = folder
            else:
                self.inside("mount", "--bind", self.data, folder)
                self.inside("chown", "-R", stage.user, folder)
            self.inside("mount", "--bind", folder, f"{stage.root}{target}")
        for target in self.service["tmpfs"]:
            self.inside(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "mode=1777,nodev,nosuid,noexec",
                "tmpfs",
                f"{stage.root}{target}",
            )
        if self.service["read_only"]:
            self.inside("mount", "-o", "remount,bind,ro", stage.root)
        self._final = stage

    def give_data_to(self, owner: str) -> None:
        """Change who owns what is mounted as /data."""
        self.inside("chown", "-R", owner, self.data)

    def read_state(self, name: str) -> str:
        """Return a file of the volume that holds the state."""
        return self.inside("cat", self._state / name).stdout

    @property
    def data(self) -> Path:
        """The folder of this machine that the service knows as /data."""
        return self.project.parent / "data"

    def run(
        self, *command: str, check: int | None = 0, program: list[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the pipeline, or a program, as the service."""
        stage = self._final
        uid, gid = stage.user.split(":")
        rights = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        if self.service["cap_drop"] == ["ALL"]:
            rights += ["--bounding-set=-all", "--inh-caps=-all"]
        if "no-new-privileges:true" in self.service["security_opt"]:
            rights.append("--no-new-privs")
        file = self.project / ".env"
        given = [line for line in file.read_text().splitlines() if "=" in line] if file.exists() else []
        image = {
            key: value
            for key, value in stage.env.items()
            if key != "HOME" and not key.startswith(("PIP_", "UV_"))
        }
        env = [*(f"{key}={value}" for key, value in image.items()), *given,
               *(f"{key}={value}" for key, value in self.service.get("environment", {}).items())]  # fmt: skip
        words = program or [*stage.entrypoint, *command]
        cd = "cd " + shlex.quote(stage.workdir) + ' && exec "$@"'
        line = ["chroot", stage.root, *rights, "env", "-i", *env, "sh", "-c", cd, "sh", *words]
        done = self.inside(*line, check=False, timeout=RUN_SECONDS)
        if check is not None:
            assert done.returncode == check, (
                f"{words}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            )
        return done


@contextlib.contextmanager
def container(project: Path, base: Path) -> Iterator[Container]:
    """Build a project's image and give it; ``base`` is an empty folder, under which nothing is left."""
    if os.geteuid() or shutil.which("nsenter") is None or shutil.which("setpriv") is None:
        absent(
            "root with unshare, nsenter and setpriv, to mount an image", "apt-get install util-linux, as root"
        )
    holder = subprocess.Popen(["unshare", "--mount", "--propagation=private", "sleep", "infinity"])
    try:
        made = Container(project, base, holder.pid)
        while Path(f"/proc/{holder.pid}/ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink():
            assert holder.poll() is None, "this machine lets nobody mount"
        made.inside("mount", "-t", "tmpfs", "tmpfs", base)
        made.data.mkdir(exist_ok=True)
        made.build()
        yield made
    finally:
        holder.kill()
        holder.wait()
