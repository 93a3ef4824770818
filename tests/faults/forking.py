"""A server that loads the libraries of a generated project once and forks a child for every command it is asked for.

Arguments: the path of a Unix socket to listen on. Each connection brings one line of JSON (``words`` as after
``python``, ``cwd``, ``env``, ``out``, ``err``) and is answered by the child's process id and, once it has ended, its exit
code as `subprocess` counts. The child loads the project itself as any new interpreter does, in a process group of its
own. The server ends when its standard input does.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import Any

LIBRARIES = (
    "duckdb",
    "structlog",
    "yaml",
    "adbc_driver_postgresql.dbapi",
    "pyarrow.dataset",
    "sqlite3",
    "argparse",
)


def next_command(listener: socket.socket) -> dict[str, Any]:
    """Serve; return in a fresh child, with what it is to do."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with connection.makefile("rw") as stream:
                command: dict[str, Any] = json.loads(stream.readline())
                child = os.fork()
                if child == 0:
                    break
                stream.write(f"{child}\n")
                stream.flush()
                stream.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
                stream.flush()
            os._exit(0)
        connection.close()
    listener.close()
    connection.close()
    return command


def become(command: dict[str, Any]) -> None:
    """Turn this process into what ``python`` with the given words would be."""
    os.setsid()
    for number, name in enumerate((os.devnull, command["out"], command["err"])):
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(command["cwd"])
    os.environ.clear()
    os.environ.update(command["env"])
    first, *rest = command["words"]
    sys.path[:0] = command["env"].get("PYTHONPATH", "").split(os.pathsep)
    if first == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    # The folder of this file, the tests', is nothing a project may import from.
    del sys.path[0]
    for library in LIBRARIES:
        importlib.import_module(library)
    with socket.socket(socket.AF_UNIX) as serving:
        serving.bind(sys.argv[1])
        serving.listen(16)
        print("listening", flush=True)
        asked = next_command(serving)
    become(asked)
