"""Both themes can be read: text against what lies behind it, by the formula of WCAG 2.1 (section 1.4.3)."""

from __future__ import annotations

import pytest
from textual.theme import Theme

from tui.theme import DARK, LIGHT

READABLE = 4.5
"""The least contrast of text, WCAG's level AA."""
BEHIND = (
    "background",
    "surface",
    "panel",
    "block-cursor-background",
    "block-cursor-blurred-background",
    "block-hover-background",
    "field",
    "field-focus",
)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def colours(theme: Theme) -> dict[str, str]:
    named = {name: getattr(theme, name) for name in ("foreground", "background", "surface", "panel")}
    return named | theme.variables


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("text", ["foreground", "quiet"])
def test_text_can_be_read(theme: Theme, text: str, behind: str) -> None:
    found = colours(theme)
    assert contrast(found[text], found[behind]) >= READABLE
