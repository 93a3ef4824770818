"""The application: themes, keys, signals, and which screen comes first. Imports nothing heavy."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segments
from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import ModalScreen, Screen

from .background import leave
from .keymap import bind, load_keymap
from .theme import DARK, LIGHT, Colourless
from .welcome import WelcomeScreen

if TYPE_CHECKING:
    from generator.design.models import PipelineDesign

    from .wizard import WizardScreen


class PipewizardApp(App[None], inherit_bindings=False):
    """The full-screen wizard.

    Args:
        design: Opens the wizard on this design at once.
        draft: Opens the saved draft of this name at once.
        project_dir: Where the Write step proposes to write.
        keymap_file: The person's keys; default: in the configuration folder.
        clock: The time of day, for the title line and ages.
        stopwatch: Seconds that only go forward, for elapsed times.
    """

    TITLE = "pipewizard"
    # The first screen is built before a stylesheet of its own would be read.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["theme.tcss", "welcome.tcss"]
    # The palette is a dialog of our own, in the one visual language.
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 4
    BINDINGS: ClassVar[list[BindingType]] = [
        bind(
            "app.quit", "ctrl+q", "quit", "Quit", "Save and leave the program, at any moment", priority=True
        ),
        bind("app.help", "question_mark,f1", "show_help", "Help", "Every key and what it does", show=True),
        bind("app.palette", "ctrl+g,f2", "palette", "Menu", "Find anything you can do here by name"),
        bind("app.theme", "f7", "switch_theme", "Theme", "Switch between dark and light"),
    ]

    def __init__(
        self,
        design: PipelineDesign | None = None,
        draft: str | None = None,
        project_dir: Path | None = None,
        *,
        keymap_file: Path | None = None,
        clock: Callable[[], datetime] = datetime.now,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._first_design = design
        self._first_draft = draft
        self.project_dir = project_dir
        self.clock = clock
        self.stopwatch = stopwatch
        self._keymap_file = keymap_file
        self.mouse_pressed = False
        """Whether a mouse button is held down."""
        self._colourless = Colourless()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_default_screen(self) -> Screen[Any]:
        """Start on the welcome screen."""
        return WelcomeScreen()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters, or under NO_COLOR the one that removes every colour."""
        return [self._colourless] if self.no_color else super().get_line_filters()

    def run(self, **options: Any) -> None:
        """Run the application to its end; `return_code` is 0, 1 after a crash, 128 + n after signal n."""
        result = super().run(**options)
        if not options.get("headless"):
            leave(self.return_code or 0)
        return result

    async def on_mount(self) -> None:
        """Take the person's keys, listen to signals, open what was asked for."""
        keymap, notes = load_keymap(self._keymap_file)
        if keymap:
            self.set_keymap(keymap)
        for note in notes:
            self.notify(note, severity="warning", markup=False)
        self._listen_to_signals()
        if self._first_design is not None:
            await self.open_design(self._first_design)
        elif self._first_draft is not None:
            await self.open_draft(self._first_draft)

    async def on_event(self, event: events.Event) -> None:
        """Keep in mind whether a mouse button is down."""
        if isinstance(event, events.MouseDown):
            self.mouse_pressed = True
        await super().on_event(event)
        if isinstance(event, events.MouseUp) or (isinstance(event, events.MouseMove) and not event.button):
            self.mouse_pressed = False

    def _listen_to_signals(self) -> None:
        if sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, partial(self._leave_on_signal, number))

    def _leave_on_signal(self, number: int) -> None:
        self.save_now()
        self.exit(return_code=128 + number)

    # -- opening ---------------------------------------------------------------------------------------------

    async def open_design(self, design: PipelineDesign) -> None:
        """Start a new draft from a design and open the wizard on it."""
        from .opening import start

        await start(self, design)

    async def open_draft(self, name: str) -> None:
        """Open a saved draft; says so when another wizard has it or it cannot be read."""
        from .opening import resume

        await resume(self, name)

    # -- leaving ---------------------------------------------------------------------------------------------

    @property
    def wizard(self) -> WizardScreen | None:
        """The open wizard, None on the welcome screen."""
        from .wizard import WizardScreen

        return next((screen for screen in self.screen_stack if isinstance(screen, WizardScreen)), None)

    def save_now(self) -> None:
        """Put the draft on disk before the program leaves."""
        if self.wizard is not None:
            self.wizard.saver.flush()

    async def action_quit(self) -> None:
        """Save and leave."""
        self.save_now()
        self.exit()

    def _fatal_error(self) -> None:
        """Report a crash without local variables: they may hold secrets."""
        from rich.traceback import Traceback

        self.bell()
        self.save_now()
        traceback = Traceback(show_locals=False, width=None, suppress=["textual"])
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()

    # -- actions ---------------------------------------------------------------------------------------------

    def action_show_help(self) -> None:
        """Show every key."""
        from .help import HelpScreen

        self.push_screen(HelpScreen())

    def action_switch_theme(self) -> None:
        """Switch between dark and light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_palette(self) -> None:
        """Offer everything that can be done here by name."""
        from .commands import commands
        from .widgets.choice import ChoiceDialog

        if isinstance(self.screen, ModalScreen):
            return
        found = {command.item.value: command for command in commands(self.screen)}

        async def run_chosen(name: str | None) -> None:
            if name is not None:
                await self.run_action(found[name].action, found[name].namespace)

        items = [command.item for command in found.values()]
        self.push_screen(ChoiceDialog("What do you want to do?", items, "", marks=False), run_chosen)
