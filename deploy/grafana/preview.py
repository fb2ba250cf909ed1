"""Draws a dashboard as SVG from its own queries: a picture for the documentation, without Grafana.

    python -m deploy.grafana.preview throughput --rows "Now|Flow" --since 600 -o picture.svg \
        --prometheus http://localhost:9090 --postgres postgresql://parkwire_reader:…@localhost/parkwire

It draws what the panels ask for with their titles, units and thresholds, and says beneath that it
is not Grafana.
"""

import argparse
import asyncio
import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

BOARDS: Final = Path(__file__).parent / "dashboards"
_NOTE: Final = "Drawn from the dashboard's own queries on a real run; Grafana's look differs."
_CELL: Final = (44, 30)
"""Pixels of a cell of the grid of 24 columns, by its width and height."""
_GAP: Final = 8
_PALETTE: Final = (
    "#3274d9", "#e0752d", "#37872d", "#a352cc", "#c4162a", "#1f9aa8", "#8f6b00", "#6b6b6b",
)  # fmt: skip
_LEVELS: Final = {"green": "#2f8132", "yellow": "#b8860b", "red": "#c4162a", "blue": "#3274d9"}
_SCALES: Final = {
    "s": ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms")),
    "bytes": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
    "Bps": ((2.0**20, "MiB/s"), (2.0**10, "KiB/s"), (1.0, "B/s")),
}
_THOUSANDS: Final = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
_FONT: Final = "system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, and its values by Unix time."""

    name: str
    points: list[tuple[float, float]]


class Source:
    """Answers the queries of panels for a span of time, in Unix time."""

    def __init__(
        self,
        prometheus: str,
        database: asyncpg.Connection,
        span: tuple[float, float],
        interval: str,
    ) -> None:
        self._client = httpx.Client(base_url=prometheus, timeout=20, trust_env=False)
        self._database = database
        self._interval = interval
        self.start, self.end = span

    def series(self, panel: Mapping[str, Any]) -> list[Series]:
        """Return what the panel's PromQL gives over time."""
        found = []
        for target in panel["targets"]:
            parameters: dict[str, str | float] = {
                "query": target["expr"].replace("$__rate_interval", self._interval),
                "start": self.start,
                "end": self.end,
                "step": max(1.0, (self.end - self.start) / 120),
            }
            answer = self._client.get("/api/v1/query_range", params=parameters).json()
            for each in answer["data"]["result"]:
                points = [(float(at), float(value)) for at, value in each["values"]]
                legend = _legend(target.get("legendFormat", ""), each["metric"])
                found.append(Series(legend, [p for p in points if math.isfinite(p[1])]))
        return found

    def joined(self, panel: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what the panel's instant queries give, joined by their labels."""
        rows: dict[tuple[str, ...], dict[str, Any]] = {}
        for target in panel["targets"]:
            query = target["expr"].replace("$__rate_interval", self._interval)
            answer = self._client.get(
                "/api/v1/query", params={"query": query, "time": self.end}
            ).json()
            for each in answer["data"]["result"]:
                labels = tuple(each["metric"].values())
                row = rows.setdefault(labels, dict(each["metric"]))
                row[target["legendFormat"]] = float(each["value"][1])
        return list(rows.values())

    async def rows(self, panel: Mapping[str, Any], start: float) -> list[Row]:
        """Return what the panel's SQL gives from `start` on."""
        (target,) = panel["targets"]
        first, last = (
            f"'{datetime.fromtimestamp(at, UTC).isoformat()}'" for at in (start, self.end)
        )
        sql = re.sub(
            r"\$__timeFilter\(([\w.]+)\)", rf"\1 BETWEEN {first} AND {last}", target["rawSql"]
        )
        sql = sql.replace("$__timeFrom()", first).replace("$__timeTo()", last)
        return [dict(row) for row in await self._database.fetch(sql)]


def _legend(template: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), template)


def shown(value: Any, unit: str, decimals: int | None = None) -> str:
    """Return a value as the panel's unit writes it, about as Grafana does."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    number = float(value)
    if not math.isfinite(number):
        return "∞"
    if unit == "percentunit":
        return f"{100 * number:.3g} %"
    if unit in _SCALES:
        smallest = _SCALES[unit][-1]
        size, name = next((step for step in _SCALES[unit] if number >= step[0]), smallest)
        return f"{number / size:.3g} {name}"
    suffix = " " + unit.removeprefix("suffix:").strip() if unit.startswith("suffix:") else ""
    if decimals is not None:
        return f"{number:,.{decimals:g}f}{suffix}"
    if number >= 1e4:
        size, name = next(step for step in _THOUSANDS if number >= step[0])
        return f"{number / size:.3g} {name}{suffix}"
    return f"{number:.4g}{suffix}"


def _colour(value: Any, thresholds: Mapping[str, Any]) -> str:
    name = "blue"
    for step in thresholds["steps"]:
        if step.get("value") is None or (value is not None and float(value) >= step["value"]):
            name = step["color"]
    return _LEVELS[name]


def _text(  # noqa: PLR0917
    x: float, y: float, text: str, size: float = 12, colour: str = "#333", anchor: str = "start",
    weight: int = 400,
) -> str:  # fmt: skip
    look = f'font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"'
    if weight != 400:
        look += f' font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'


def _width(text: str, size: float) -> float:
    # Chinese characters are as wide as high, others about half as wide.
    return sum(1.0 if ord(character) > 0x2E80 else 0.55 for character in text) * size


def _cut(text: str, size: float, room: float) -> str:
    if _width(text, size) <= room:
        return text
    while text and _width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


@dataclass(frozen=True, slots=True)
class Box:
    """Where a panel's drawing goes, in pixels."""

    x: float
    y: float
    w: float
    h: float


def _stat(
    box: Box, panel: Mapping[str, Any], value: Any, series: Sequence[Series]
) -> Iterator[str]:
    defaults = panel["fieldConfig"]["defaults"]
    colour = _colour(value, defaults["thresholds"])
    if series and len(series[0].points) > 1:
        points = series[0].points
        top = max(v for _, v in points) or 1.0
        first, last = points[0][0], points[-1][0]
        path = [
            (box.x + box.w * (at - first) / (last - first), box.y + box.h - 0.4 * box.h * v / top)
            for at, v in points
        ]
        area = " ".join(f"{x:.0f},{y:.1f}" for x, y in path)
        bottom = box.y + box.h
        yield (
            f'<polygon points="{box.x:.0f},{bottom:.0f} {area} {path[-1][0]:.0f},{bottom:.0f}"'
            f' fill="{colour}" fill-opacity=".13"/>'
        )
    text = shown(value, defaults["unit"], defaults.get("decimals"))
    size = min(28.0, 0.95 * box.w / _width(text, 1))
    yield _text(box.x + box.w / 2, box.y + box.h * 0.62, text, size, colour, "middle", 600)


def _ticks(top: float) -> list[float]:
    rough = top / 4 or 1.0
    base = 10 ** math.floor(math.log10(rough))
    step = next(base * m for m in (1, 2, 2.5, 5, 10) if base * m >= rough)
    return [step * n for n in range(math.floor(top / step) + 1)]


def _graph(
    box: Box, panel: Mapping[str, Any], series: Sequence[Series], span: tuple[float, float]
) -> Iterator[str]:
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
    series = [each for each in series if each.points]
    if not series:
        yield _text(box.x + box.w / 2, box.y + box.h / 2, "none in this time", 12, "#888", "middle")
        return
    legend = min(0.48 * box.w, max(_width(each.name, 11) for each in series) + 118)
    left, right = box.x + 52, box.x + box.w - legend
    top, bottom = box.y + 6, box.y + box.h - 20
    base: dict[float, float] = {}
    drawn: list[tuple[Series, list[tuple[float, float, float]]]] = []
    for each in series:
        points = []
        for at, value in each.points:
            low = base.get(at, 0.0) if stacked else 0.0
            if stacked:
                base[at] = low + value
            points.append((at, low, low + value))
        drawn.append((each, points))
    highest = max((high for _, points in drawn for _, _, high in points), default=1.0)
    highest = defaults.get("max") or highest * 1.08 or 1.0

    def x(at: float) -> float:
        return left + (right - left) * (at - span[0]) / (span[1] - span[0])

    def y(value: float) -> float:
        return bottom - (bottom - top) * min(value, highest) / highest

    for tick in _ticks(highest):
        yield f'<path d="M{left:.0f} {y(tick):.1f}H{right:.0f}" stroke="#e6e6e6"/>'
        yield _text(left - 6, y(tick) + 4, shown(tick, defaults["unit"]), 10, "#777", "end")
    for part in range(4):
        at = span[0] + (span[1] - span[0]) * part / 3
        stamp = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
        yield _text(
            x(at), bottom + 14, stamp, 10, "#777", ("start", "middle", "middle", "end")[part]
        )
    for step in defaults.get("thresholds", {}).get("steps", []):
        value = step.get("value")
        if value is not None and value < highest:
            colour = _LEVELS[step["color"]]
            yield (
                f'<path d="M{left:.0f} {y(value):.1f}H{right:.0f}" stroke="{colour}"'
                ' stroke-dasharray="5 4"/>'
            )
    for number, (each, points) in enumerate(drawn):
        colour = _PALETTE[number % len(_PALETTE)]
        if stacked:
            upper = " ".join(f"{x(at):.0f},{y(high):.1f}" for at, _, high in points)
            lower = " ".join(f"{x(at):.0f},{y(low):.1f}" for at, low, _ in reversed(points))
            yield f'<polygon points="{upper} {lower}" fill="{colour}" fill-opacity=".6"/>'
        else:
            line = " ".join(f"{x(at):.0f},{y(high):.1f}" for at, _, high in points)
            yield (f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        row = box.y + 14 + 17 * number
        if row > box.y + box.h - 4:
            continue
        yield f'<path d="M{right + 12:.0f} {row - 4:.0f}h12" stroke="{colour}" stroke-width="4"/>'
        yield _text(right + 30, row, _cut(each.name, 11, legend - 96), 11)
        most = shown(max(v for _, v in each.points), defaults["unit"])
        yield _text(box.x + box.w - 2, row, most, 11, "#777", "end")


def _flat_bars(
    box: Box, unit: str, rows: Sequence[tuple[str, float, str]], decimals: int | None = None
) -> Iterator[str]:
    if not rows:
        yield _text(box.x + box.w / 2, box.y + box.h / 2, "none", 12, "#888", "middle")
        return
    step = min(26.0, box.h / len(rows))
    label = min(0.45 * box.w, max(_width(name, 11) for name, _, _ in rows) + 8)
    room = box.w - label - 76
    most = max(value for _, value, _ in rows) or 1.0
    for number, (name, value, colour) in enumerate(rows):
        y = box.y + step * number
        yield _text(box.x + label, y + step / 2 + 4, _cut(name, 11, label - 6), 11, anchor="end")
        length = max(1.0, room * value / most)
        yield (
            f'<rect x="{box.x + label + 6:.0f}" y="{y + 2:.1f}" width="{length:.1f}"'
            f' height="{step - 5:.1f}" fill="{colour}" fill-opacity=".75"/>'
        )
        yield _text(
            box.x + label + 12 + length, y + step / 2 + 4, shown(value, unit, decimals), 11, "#555"
        )


def _upright_bars(box: Box, unit: str, rows: Sequence[tuple[str, float]]) -> Iterator[str]:
    if not rows:
        return
    step = box.w / len(rows)
    most = max(value for _, value in rows) or 1.0
    foot = box.y + box.h - 20
    every = math.ceil(max(_width(name, 10) + 8 for name, _ in rows) / step)
    for number, (name, value) in enumerate(rows):
        height = (box.h - 40) * value / most
        x = box.x + step * number
        yield (
            f'<rect x="{x + 0.12 * step:.1f}" y="{foot - height:.1f}" width="{0.76 * step:.1f}"'
            f' height="{height:.1f}" fill="{_PALETTE[0]}" fill-opacity=".75"/>'
        )
        middle = x + step / 2
        figure = shown(round(value, 1), "short" if unit.startswith("suffix") else unit)
        yield _text(middle, foot - height - 4, figure, 10, "#555", "middle")
        if number % every == 0:
            yield _text(middle, foot + 14, name, 10, "#777", "middle")


def _table(box: Box, panel: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    looks = {
        each["matcher"]["options"]: {p["id"]: p.get("value") for p in each["properties"]}
        for each in panel["fieldConfig"].get("overrides", [])
    }
    if not rows:
        yield _text(box.x + box.w / 2, box.y + box.h / 2, "none", 12, "#888", "middle")
        return
    names = [name for name in rows[0] if "links" not in looks.get(name, {})]
    rows = rows[: int(box.h // 22) - 1]
    texts = {
        name: [shown(row.get(name), looks.get(name, {}).get("unit", "")) for row in rows]
        for name in names
    }
    wants = {n: min(260.0, max(_width(t, 12) for t in [n, *texts[n]]) + 16) for n in names}
    stretch = box.w / sum(wants.values())
    x = box.x
    for name in names:
        room = wants[name] * stretch
        number = isinstance(rows[0].get(name), int | float | Decimal)
        at, anchor = (x + room - 10, "end") if number else (x + 4, "start")
        yield _text(at, box.y + 14, _cut(name, 12, room - 8), 12, "#777", anchor)
        for line, (row, text) in enumerate(zip(rows, texts[name], strict=True)):
            thresholds = looks.get(name, {}).get("thresholds")
            value = row.get(name)
            colour = _colour(value, thresholds) if thresholds and value is not None else "#333"
            yield _text(at, box.y + 36 + 22 * line, _cut(text, 12, room - 8), 12, colour, anchor)
        x += room
    for line in range(len(rows)):
        y = box.y + 20 + 22 * line
        yield f'<path d="M{box.x:.0f} {y:.0f}h{box.w:.0f}" stroke="#eee"/>'


async def picture(board: Mapping[str, Any], wanted: Sequence[str], source: Source) -> str:
    """Return the board's rows that are `wanted`, as SVG."""
    kept, keep = [], False
    for panel in board["panels"]:
        if panel["type"] == "row":
            keep = panel["title"] in wanted
        elif keep:
            kept.append(panel)
    lines = sorted({panel["gridPos"].get("y", 0) for panel in kept})
    tops, y = {}, 0
    for line in lines:
        tops[line] = y
        y += max(p["gridPos"]["h"] for p in kept if p["gridPos"].get("y", 0) == line)
    width, height = 24 * _CELL[0] + _GAP, y * _CELL[1] + 74
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="{_FONT}">',
        f'<rect width="{width}" height="{height}" fill="#f4f5f5"/>',
        _text(_GAP + 2, 28, board["title"], 18, "#222", weight=600),
    ]
    for panel in kept:
        at = panel["gridPos"]
        frame = Box(
            at.get("x", 0) * _CELL[0] + _GAP,
            tops[at.get("y", 0)] * _CELL[1] + 42,
            at["w"] * _CELL[0] - _GAP,
            at["h"] * _CELL[1] - _GAP,
        )
        out += [
            f'<rect x="{frame.x}" y="{frame.y}" width="{frame.w}" height="{frame.h}" rx="3"'
            ' fill="#fff" stroke="#dcdcdc"/>',
            _text(
                frame.x + 10,
                frame.y + 20,
                _cut(panel["title"], 13, frame.w - 12),
                13,
                "#222",
                weight=600,
            ),
        ]
        inner = Box(frame.x + 10, frame.y + 32, frame.w - 20, frame.h - 40)
        out += [piece async for piece in _panel(inner, panel, board, source)]
    out += [_text(_GAP + 2, height - 12, _NOTE, 11, "#777"), "</svg>"]
    return "\n".join(out) + "\n"


async def _panel(
    box: Box, panel: Mapping[str, Any], board: Mapping[str, Any], source: Source
) -> Any:
    sql = "rawSql" in panel["targets"][0]
    years = re.fullmatch(r"now-(\d+)y", board["time"]["from"])
    start = source.end - int(years[1]) * 365.25 * 86400 if years else source.start
    rows: list[Row] = await source.rows(panel, start) if sql else []
    defaults = panel["fieldConfig"]["defaults"]
    pieces: Iterator[str]
    match panel["type"]:
        case "stat":
            series = [] if sql else source.series(panel)
            if sql:
                value = next(iter(rows[0].values()))
            else:
                value = series[0].points[-1][1] if series and series[0].points else None
            pieces = _stat(box, panel, value, series)
        case "timeseries" if sql:
            points = [(row["time"].timestamp(), float(list(row.values())[1])) for row in rows]
            pieces = _graph(box, panel, [Series("", points)], (source.start, source.end))
        case "timeseries":
            pieces = _graph(box, panel, source.series(panel), (source.start, source.end))
        case "bargauge":
            bars = [
                (each.name, each.points[-1][1], _colour(each.points[-1][1], defaults["thresholds"]))
                for each in source.series(panel)
                if each.points
            ]
            pieces = _flat_bars(
                box, defaults["unit"], sorted(bars, key=lambda bar: -bar[1]), defaults["decimals"]
            )
        case "barchart":
            named = [(str(a), float(b)) for a, b in (tuple(row.values()) for row in rows)]
            flat = panel["options"]["orientation"] == "horizontal"
            pieces = (
                _flat_bars(box, defaults["unit"], [(n, v, _PALETTE[0]) for n, v in named])
                if flat
                else _upright_bars(box, defaults["unit"], named)
            )
        case _:
            pieces = _table(box, panel, rows or ([] if sql else source.joined(panel)))
    for piece in pieces:
        yield piece


async def _main() -> None:
    parser = argparse.ArgumentParser(description="Draw a dashboard as SVG from its own queries.")
    parser.add_argument("board")
    parser.add_argument("--rows", required=True, help="headings, with | between")
    parser.add_argument("--prometheus", default="http://localhost:9090")
    parser.add_argument("--postgres", default="postgresql://localhost/parkwire")
    parser.add_argument("--since", type=float, default=3600, help="seconds before now")
    parser.add_argument("--until", type=float, default=0, help="seconds before now")
    parser.add_argument("--interval", default="1m", help="what $__rate_interval stands for")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    board = json.loads((BOARDS / f"{given.board}.json").read_text("utf-8"))
    database = await asyncpg.connect(given.postgres)
    try:
        now = time.time()
        span = (now - given.since, now - given.until)
        source = Source(given.prometheus, database, span, given.interval)
        drawn = await picture(board, given.rows.split("|"), source)
        given.output.write_text(drawn, "utf-8")
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(_main())
