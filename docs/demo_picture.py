"""Draws what `parkwire demo` prints as docs/images/demo.svg: python docs/demo_picture.py."""

import re
import subprocess
import sys
from html import escape
from pathlib import Path

from rich.cells import cell_len

PICTURE = Path(__file__).parent / "images" / "demo.svg"
HEAD = 24
"""Lines of the table of projects that the picture shows."""
CELL = 8.4
LINE = 20


def main() -> None:
    """Run the demo and draw the beginning and the end of its output."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "demo"], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    stages = next(number for number, line in enumerate(lines) if line.startswith("┏"))
    end = next(number for number, line in enumerate(lines) if line.startswith("└")) + 1
    PICTURE.write_text(svg(["$ make run", *lines[:HEAD], "  …", "", *lines[stages:end]]), "utf-8")


def svg(lines: list[str]) -> str:
    """Return a picture of a terminal with `lines`.

    Every run of text is fitted to its cells, since a Chinese character must be two wide whatever
    font a reader has.
    """
    width = (max(map(cell_len, lines)) + 4) * CELL
    height = (len(lines) + 2) * LINE
    texts = [
        f'<text x="{(cell_len(line[: run.start()]) + 2) * CELL:.1f}" y="{(row + 1.7) * LINE:.0f}" '
        f'textLength="{cell_len(run[0]) * CELL:.1f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(run[0])}</text>"
        for row, line in enumerate(lines)
        for run in re.finditer(r"\S+(?: \S+)*", line)
    ]
    body = "\n".join(texts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="ui-monospace, monospace" font-size="14" fill="#d8dee9">\n'
        f'<rect width="100%" height="100%" rx="10" fill="#1d2129"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
