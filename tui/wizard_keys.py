"""What can be done from every step of the wizard, and its keys."""

from __future__ import annotations

from textual.binding import BindingType

from .keymap import bind
from .steps.base import STEPS

BINDINGS: list[BindingType] = [
    bind("wizard.next", "ctrl+n", "next", "Next", "Go on to the next step; shows what this one still lacks", show=True),
    bind("wizard.back", "ctrl+o", "back", "Back", "Go back to the step before"),
    bind("wizard.pipeline", "f4", "pipeline", "Pipeline", "Name, description, owner and tags of the pipeline"),
    bind("wizard.problems", "f8,exclamation_mark", "problems", "Problems", "Show every problem of this step"),
    bind("wizard.undo", "u,f5", "undo", "Undo", "Take back the last change"),
    bind("wizard.redo", "ctrl+r", "redo", "Redo", "Do again what was taken back"),
    bind("wizard.preview", "f6", "preview", "Preview", "Show or hide the preview pane (from 120 columns)"),
    bind("wizard.save", "ctrl+s", "save_as", "Save as", "Write the design to a YAML file of your choice"),
    bind("wizard.leave", "f3", "leave", "Drafts", "Leave this design (it is saved) for the list of drafts"),
    bind("wizard.list", "escape", "leave_field", "Leave field", "Go back to the list, or close the problems"),
    *(
        bind(f"wizard.step_{info.id}", f"alt+{number},{number}", f"go('{info.id}')", info.title, f"Go to {info.title}")
        for number, info in enumerate(STEPS, 1)
    ),
]  # fmt: skip
