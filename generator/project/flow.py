"""The data flow of a design, as text for a terminal and as a mermaid diagram."""

from __future__ import annotations

import unicodedata

from generator.design.models import PipelineDesign
from generator.sql.design_tables import inputs, ordered, output_name

from .summary import system_title

WIDTH = 76
_GAP = 4


def flow_text(design: PipelineDesign, *, width: int = WIDTH) -> str:
    """Return the flow as three columns of boxes: sources, transformations, published tables.

    Args:
        design: May be incomplete.
        width: The widest line, in terminal cells; at least 40.
    """
    quality = design.quality
    left = [
        (
            f"{source.name or '?'} · {system_title(source.type)}",
            [table.staging_name for table in source.tables],
        )
        for source in design.sources
    ] or [("no source yet", [])]
    transformations = ordered(list(design.transformations), design)
    queries = [f"{item.name or '?'}{' (py)' if item.type == 'python' else ''}" for item in transformations]
    gates = [
        f"{len(checks)} {when}"
        for checks, when in ((quality.pre_transform, "before"), (quality.post_transform, "after"))
        if checks
    ]
    middle = [("transform" if transformations else "copy as it is", queries)]
    if gates:
        middle.append(("checks", gates))
    published = [output_name(item, design).partition(".")[2] for item in transformations] or [
        table.staging_name for source in design.sources for table in source.tables
    ]
    chosen = design.destination
    right = [(f"{chosen.name or '?'} · {system_title(chosen.type)}", published)]
    stacks = [left, middle, right]
    widths = _widths(stacks, max(40, width) - 2 * _GAP)
    columns = [
        _stack([_box(title, lines, cells) for title, lines in boxes], cells)
        for boxes, cells in zip(stacks, widths, strict=True)
    ]
    arrow_row = min(len(column) for column in columns) // 2
    lines = []
    for row in range(max(len(column) for column in columns)):
        link = " " + "─" * (_GAP - 2) + "▶" if row == arrow_row else " " * _GAP
        parts = [
            column[row] if row < len(column) else " " * cells
            for column, cells in zip(columns, widths, strict=True)
        ]
        lines.append(link.join(parts).rstrip())
    return "\n".join(lines) + "\n"


def _widths(stacks: list[list[tuple[str, list[str]]]], room: int) -> list[int]:
    """Return each column's width: what it needs, the widest giving way until all fit."""
    widths = [
        max(max(_cells(title) + 6, *(_cells(line) + 4 for line in [*lines, ""])) for title, lines in boxes)
        for boxes in stacks
    ]
    while sum(widths) > room:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def flow_mermaid(design: PipelineDesign) -> str:
    """Return the flow as a mermaid flowchart; names of any kind are safe in it.

    Nodes have made-up ids; labels are quoted, with every character that means something to mermaid or to HTML
    written as a character code.
    """
    lines = ["flowchart LR"]
    staged: dict[str, str] = {}
    schema = design.destination.staging_schema
    for number, source in enumerate(design.sources):
        lines.append(
            f'  subgraph s{number}["{_label(source.name or "?")} ({_label(system_title(source.type))})"]'
        )
        for position, table in enumerate(source.tables):
            node = f"s{number}t{position}"
            staged[f"{schema}.{table.staging_name}"] = node
            lines.append(f'    {node}[("{_label(table.staging_name or "?")}")]')
        lines.append("  end")
    transformations = ordered(list(design.transformations), design)
    outputs = {output_name(item, design): f"o{number}" for number, item in enumerate(transformations)}
    edges: list[str] = []
    target = f"{_label(design.destination.name or '?')} ({_label(system_title(design.destination.type))})"
    for number, item in enumerate(transformations):
        lines.append(f'  x{number}["{_label(item.name or "?")}"]')
        for name in inputs(item, design):
            full = name if name in staged or name in outputs else f"{schema}.{name}"
            if origin := staged.get(full) or outputs.get(full):
                edges.append(f"  {origin} --> x{number}")
        edges.append(f"  x{number} --> o{number}")
    lines.append(f'  subgraph d["{target}"]')
    if transformations:
        lines += [
            f'    o{number}[("{_label(output_name(item, design).partition(".")[2])}")]'
            for number, item in enumerate(transformations)
        ]
    else:
        for full, node in staged.items():
            lines.append(f'    p{node}[("{_label(full.partition(".")[2])}")]')
            edges.append(f"  {node} --> p{node}")
    lines.append("  end")
    return "\n".join(lines + edges) + "\n"


def _label(text: str) -> str:
    """Return text for a quoted mermaid label."""
    plain = " ".join(text.split())
    return "".join(char if char.isalnum() or char in " _-.,·/" else f"#{ord(char)};" for char in plain)


def _box(title: str, lines: list[str], width: int) -> list[str]:
    inner = width - 4
    shown = lines if len(lines) <= 10 else [*lines[:9], f"… {len(lines) - 9} more"]
    head = f"┌─ {_fit(title, width - 6).rstrip()} "
    return [
        head + "─" * (width - _cells(head) - 1) + "┐",
        *(f"│ {_fit(line, inner)} │" for line in shown),
        "└" + "─" * (width - 2) + "┘",
    ]


def _stack(boxes: list[list[str]], width: int) -> list[str]:
    if len(boxes) > 6:
        boxes = [*boxes[:5], _box(f"{len(boxes) - 5} more", [], width)]
    return [line for box in boxes for line in box]


def _fit(text: str, width: int) -> str:
    """Return text cut or filled up to a number of terminal cells."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if _cells(plain) > width:
        cut = ""
        for char in plain:
            if _cells(cut) + _cells(char) > width - 1:
                break
            cut += char
        plain = cut + "…"
    return plain + " " * (width - _cells(plain))


def _cells(text: str) -> int:
    """Return the width in terminal cells: wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}
        else 2 if unicodedata.east_asian_width(char) in {"W", "F"}
        else 1
        for char in text
    )  # fmt: skip
