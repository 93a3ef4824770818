"""The folder for what a run keeps on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from .retry import PipelineError

REMEDY = "change its owner, or set PIPELINE_STATE_DIR to a folder that this user may write"


def make_state_folder(folder: Path) -> None:
    """Make the folder unless it is there.

    Raises:
        PipelineError: it cannot be made, or not be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PipelineError(f"state folder {folder} cannot be made ({error.strerror}); {REMEDY}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PipelineError(f"state folder {folder} cannot be written; {REMEDY}")
