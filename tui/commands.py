"""The command palette: everything that can be done on this screen, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode

from .keymap import ACTIONS, key_label
from .steps.base import Step


class WizardCommands(Provider):
    """Offers every action of the focused widget, its step, the screen and the app."""

    def _actions(self) -> Iterator[tuple[str, str, str, DOMNode, str]]:
        """Yield name, key, help, namespace and Textual action."""
        seen: set[str] = set()
        nodes: list[DOMNode] = [node for node, _bindings in self.screen._binding_chain]
        nodes[-2:-2] = [step for step in self.screen.query(Step) if step.display and step not in nodes]
        for node in nodes:
            for binding in (item for items in node._bindings.key_to_bindings.values() for item in items):
                name = binding.id or ""
                if name in seen or name not in ACTIONS:
                    continue
                seen.add(name)
                action = ACTIONS[name]
                label = f"Go to {action.label}" if name.startswith("wizard.step_") else action.label
                yield label, key_label(binding.key), action.help, node, binding.action

    def _command(self, node: DOMNode, action: str) -> partial[object]:
        return partial(self.app.run_action, action, node)

    async def discover(self) -> Hits:
        """Offer everything before anything is typed."""
        for label, key, help_text, node, action in self._actions():
            yield DiscoveryHit(_shown(label, key), self._command(node, action), text=label, help=help_text)

    async def search(self, query: str) -> Hits:
        """Offer what matches the name or the help."""
        matcher = self.matcher(query)
        for label, key, help_text, node, action in self._actions():
            score = max(matcher.match(label), matcher.match(help_text) * 0.8)
            if score > 0:
                yield Hit(score, _shown(label, key), self._command(node, action), text=label, help=help_text)


def _shown(label: str, key: str) -> Content:
    return Content.assemble((label, "bold"), (f"  {key}", "$text-accent"))
