"""The command palette: everything that can be done on this screen, by name."""

from __future__ import annotations

from dataclasses import dataclass

from textual.dom import DOMNode
from textual.screen import Screen

from .keymap import ACTIONS, key_label
from .steps.base import Step
from .widgets.choice import Item


@dataclass(frozen=True)
class Command:
    """An action, where it runs, and how it is listed."""

    item: Item
    namespace: DOMNode
    action: str


def commands(screen: Screen[object]) -> list[Command]:
    """Return every action of focused widget, step, screen and app that does something now, nearest first."""
    found: dict[str, Command] = {}
    nodes: list[DOMNode] = [node for node, _bindings in screen._modal_binding_chain]
    nodes[-2:-2] = [step for step in screen.query(Step) if step.display and step not in nodes]
    for node in nodes:
        for binding in (item for items in node._bindings.key_to_bindings.values() for item in items):
            name = binding.id or ""
            if name in found or name not in ACTIONS or name == "app.palette" or name.startswith("form."):
                continue
            if screen.app._check_action_state(binding.action, node) is False:
                continue
            action = ACTIONS[name]
            label = f"Go to {action.label}" if name.startswith("wizard.step_") else action.label
            item = Item(name, f"{label}  ({key_label(binding.key)})", action.help)
            found[name] = Command(item, node, binding.action)
    return list(found.values())
