#!/usr/bin/env python3
"""Draws what a terminal shows as SVG: text with colours on standard input (as `tmux capture-pane -e` gives it),
the picture on standard output. Knows what bountyd uses: bold, dim, and the sixteen colours."""

import re
import sys
import unicodedata
from html import escape

WIDTH, HEIGHT, PAD = 8.4, 18, 14
INK, PAPER = "#d8dee9", "#16202a"
COLOURS = ["#4c566a", "#e5707a", "#8fcf7f", "#e5c76b", "#74a9e8", "#c08fd6", "#6fc3c7", "#d8dee9"]


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def style(state, codes):
    for code in [int(c or 0) for c in codes.split(";")]:
        if code == 0:
            state = {}
        elif code == 1:
            state = {**state, "bold": True}
        elif code == 2:
            state = {**state, "dim": True}
        elif code == 22:
            state = {k: v for k, v in state.items() if k not in ("bold", "dim")}
        elif 30 <= code <= 37 or 90 <= code <= 97:
            state = {**state, "colour": COLOURS[code % 10]}
        elif code == 39:
            state = {k: v for k, v in state.items() if k != "colour"}
    return state


def main():
    lines = [line.rstrip() for line in sys.stdin.read().split("\n")]
    while lines and not re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip():
        lines.pop()
    state, drawn, widest = {}, [], 0
    for row, line in enumerate(lines):
        column = 0
        for i, part in enumerate(re.split(r"\x1b\[([0-9;]*)m", line)):
            if i % 2:
                state = style(state, part)
                continue
            if part.strip():
                fill = state.get("colour", INK)
                extra = ' font-weight="bold"' if state.get("bold") else ""
                extra += ' opacity="0.65"' if state.get("dim") else ""
                lead = len(part) - len(part.lstrip())
                x, y = PAD + (column + lead) * WIDTH, PAD + row * HEIGHT + 13
                # Browsers draw several spaces as one, whatever the document says.
                words = part.strip().replace(" ", "\u00a0")
                drawn.append(
                    f'<text x="{x:.1f}" y="{y}" fill="{fill}" textLength="{cells(words) * WIDTH:.1f}"{extra}>{escape(words)}</text>'
                )
            column += cells(part)
        widest = max(widest, column)
    width, height = 2 * PAD + widest * WIDTH, 2 * PAD + len(lines) * HEIGHT
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}"')
    print('  font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>')
    print("\n".join(drawn))
    print("</svg>")


main()
