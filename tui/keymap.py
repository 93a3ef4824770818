"""The keys: every action of the wizard is declared through `bind`, and a person may remap each by its id.

How keys were chosen: terminals, tmux and the text fields already take ctrl+a b c d e f h i j k m p u v w x y z, so
actions that must work while typing use the rest of ctrl (n next, o back, t test, r redo, s save as, g palette, q quit),
F-keys and alt+digit; everything else is one plain letter, which works wherever no text is being typed
(Esc leaves a text field).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from textual.binding import Binding

TAKEN = frozenset(f"ctrl+{letter}" for letter in "abcdefhijkmpuvwxyz")
"""Keys that terminals, tmux, Input or TextArea use themselves."""

_DISPLAY = {
    "question_mark": "?", "exclamation_mark": "!", "slash": "/", "plus": "+", "minus": "-", "enter": "⏎",
    "escape": "esc", "space": "space", "delete": "del", "backspace": "⌫", "up": "↑", "down": "↓", "left": "←",
    "right": "→", "full_stop": ".", "comma": ",", "colon": ":", "pageup": "pgup", "pagedown": "pgdn",
    "asterisk": "*", "tab": "⇥",
}  # fmt: skip


@dataclass(frozen=True)
class Action:
    """One thing a person can do: its id (``group.name``), default keys, short label and one line of help."""

    id: str
    keys: str
    label: str
    help: str

    @property
    def group(self) -> str:
        """The screen or step the action belongs to."""
        return self.id.partition(".")[0]


ACTIONS: dict[str, Action] = {}


def bind(
    name: str,
    keys: str,
    action: str,
    label: str,
    help: str,
    *,
    show: bool = False,
    priority: bool = False,
) -> Binding:
    """Declare an action and return its binding.

    Args:
        name: ``group.name``, the id a keymap file uses.
        keys: Default keys, comma-separated.
        action: Textual action to run.
        label: One or two words for the footer and the palette.
        help: One line for the help screen and the palette.
        show: Offer it in the footer while it applies.
        priority: Works even where the focused widget would take the key.
    """
    ACTIONS[name] = Action(name, keys, label, help)
    return Binding(keys, action, label, id=name, tooltip=help, show=show, priority=priority)


def all_actions() -> list[Action]:
    """Return every action, also those of screens and dialogs that were not opened yet."""
    import tui

    for module in walk_packages(tui.__path__, "tui."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)
    return list(ACTIONS.values())


def key_label(key: str) -> str:
    """Return a key as people write it: ``ctrl+n`` is ``^n``, ``question_mark`` is ``?``."""
    *modifiers, name = key.split("+")
    name = _DISPLAY.get(name, name)
    if len(name) > 1 and name[0] == "f" and name[1:].isdigit():
        name = name.upper()
    prefix = "".join("^" if modifier == "ctrl" else f"{modifier}+" for modifier in modifiers)
    return prefix + name


def keymap_path() -> Path:
    """Return the file in which a person remaps keys."""
    from platformdirs import user_config_path

    return user_config_path("pipewizard") / "keys.toml"


def load_keymap(path: Path | None = None) -> tuple[dict[str, str], list[str]]:
    """Read the user's keys: TOML lines as ``"wizard.next" = "ctrl+n,f9"`` under ``[keys]``.

    Returns:
        The remapped keys by action id, and one sentence for everything in the file that was left out.
    """
    import tomllib

    path = path or keymap_path()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return {}, []
    try:
        entries = tomllib.loads(text).get("keys", {})
    except tomllib.TOMLDecodeError as error:
        return {}, [f"{path}: not valid TOML ({error}); the default keys are in use."]
    if not isinstance(entries, dict):
        return {}, [f"{path}: [keys] must be a table of action = key; the default keys are in use."]
    keymap: dict[str, str] = {}
    notes: list[str] = []
    for name, keys in _flat(entries).items():
        if isinstance(keys, str) and keys.strip():
            keymap[name] = keys.strip()
        else:
            notes.append(f'{path}: {name} needs a key in quotes, as "ctrl+n".')
    return keymap, notes


def _flat(entries: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Flatten nested tables, so that ``wizard.next`` may be written with or without quotes."""
    flat: dict[str, object] = {}
    for name, value in entries.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat
