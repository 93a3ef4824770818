"""The colours, dark and light, and the filter that takes every colour away under NO_COLOR."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

DARK = Theme(
    name="pipewizard-dark",
    primary="#7db4f5",
    secondary="#9aa7bd",
    accent="#5ad1c1",
    success="#84c98a",
    warning="#e6b966",
    error="#f0767d",
    foreground="#d7dde8",
    background="#11161e",
    surface="#171d27",
    panel="#202938",
    dark=True,
    variables={
        "border": "#7db4f5",
        "border-blurred": "#303c50",
        "block-cursor-background": "#243d5a",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#232e40",
        "block-cursor-blurred-foreground": "#d7dde8",
        "block-hover-background": "#1d2632",
        "input-selection-background": "#355a88",
        "input-cursor-background": "#d7dde8",
        "footer-background": "#171d27",
        "scrollbar": "#303c50",
        "scrollbar-hover": "#40506a",
        "scrollbar-active": "#7db4f5",
        "scrollbar-background": "#11161e",
        "scrollbar-background-hover": "#11161e",
        "scrollbar-background-active": "#11161e",
        "scrollbar-corner-color": "#11161e",
        "field": "#1b2330",
        "field-focus": "#26344a",
        "quiet": "#9aa6ba",
    },
)

LIGHT = Theme(
    name="pipewizard-light",
    primary="#1f5fae",
    secondary="#56637a",
    accent="#0b7a6f",
    success="#2d7a36",
    warning="#8a5a00",
    error="#b3262f",
    foreground="#1d2531",
    background="#f7f8fa",
    surface="#eef1f5",
    panel="#e2e7ee",
    dark=False,
    variables={
        "border": "#1f5fae",
        "border-blurred": "#c3ccd8",
        "block-cursor-background": "#c2dcfa",
        "block-cursor-foreground": "#0c1420",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#dde4ed",
        "block-cursor-blurred-foreground": "#1d2531",
        "block-hover-background": "#e9eef4",
        "input-selection-background": "#bcd5f2",
        "input-cursor-background": "#1d2531",
        "footer-background": "#eef1f5",
        "scrollbar": "#c3ccd8",
        "scrollbar-hover": "#a9b6c7",
        "scrollbar-active": "#1f5fae",
        "scrollbar-background": "#f7f8fa",
        "scrollbar-background-hover": "#f7f8fa",
        "scrollbar-background-active": "#f7f8fa",
        "scrollbar-corner-color": "#f7f8fa",
        "field": "#e9edf3",
        "field-focus": "#d9e4f2",
        "quiet": "#515e73",
    },
)


@lru_cache(4096)
def _without_colour(style: Style) -> Style:
    return style.without_color


class Colourless(LineFilter):
    """Removes every colour. Textual's own filter for NO_COLOR turns colours grey, which still are colour codes."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with bold, underline and reverse kept and no colour."""
        return [
            Segment(text, None if style is None else _without_colour(style), control)
            for text, style, control in segments
        ]
