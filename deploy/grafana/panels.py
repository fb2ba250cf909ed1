"""The house style of the dashboards: data sources, queries, panels, thresholds, runbooks.

A panel says what it shows and from when on it is bad. Where an alert watches the same thing, the
panel names it and links to what to do, which stands at the foot of its dashboard: the words of
docs/operations/alerts.md, so that they are at hand when nothing else is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

PROMETHEUS: Final = DataSourceRef("prometheus", "parkwire-prometheus")
POSTGRES: Final = DataSourceRef("grafana-postgresql-datasource", "parkwire-postgres")
"""The data sources of `provisioning/datasources`, by their uids."""

RUNBOOK: Final = "docs/operations/alerts.md"
_ROOT: Final = Path(__file__).parents[2]
_TAG: Final = "parkwire"
_COLUMNS: Final = 24

Style = Literal["lines", "stacked", "bars"]
_Builder = stat.Panel | timeseries.Panel | table.Panel | barchart.Panel | bargauge.Panel
_REFS: Final = "ABCDEFGHIJ"
_P = TypeVar("_P", stat.Panel, timeseries.Panel, table.Panel, barchart.Panel, bargauge.Panel)


# Queries


@dataclass(frozen=True, slots=True)
class Metric:
    """A query in PromQL; `{{label}}` in the legend stands for the label's value."""

    expr: str
    legend: str = ""


@dataclass(slots=True)
class Rows(Dataquery, Builder[Dataquery]):
    """A query in SQL. With a column `time` it can be drawn over time.

    The SDK has no query of this data source, so this is one: what Grafana's own editor stores.
    """

    sql: str
    over_time: bool = False
    ref_id: str = "A"

    def build(self) -> Dataquery:
        """Return itself, as the SDK wants it."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return what the dashboard's JSON has for it."""
        return {
            "datasource": POSTGRES,
            "editorMode": "code",
            "format": "time_series" if self.over_time else "table",
            "rawQuery": True,
            "rawSql": self.sql,
            "refId": self.ref_id,
        }


Query = Metric | Rows


def known(expr: str) -> str:
    """Return `expr` without the NaN that shares and quantiles are while nothing happens."""
    return f"({expr}) >= 0"


def levels(good: str, *steps: tuple[str, float]) -> dashboard.ThresholdsConfig:
    """Return thresholds: the colour below the first step, then that of each step from there on."""
    return (
        dashboard.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(None, good), *(Threshold(value, colour) for colour, value in steps)])
    )


def above(warning: float, bad: float) -> dashboard.ThresholdsConfig:
    """Return thresholds of something that is bad when there is much of it."""
    return levels("green", ("yellow", warning), ("red", bad))


def below(bad: float, warning: float) -> dashboard.ThresholdsConfig:
    """Return thresholds of something that is bad when there is little of it."""
    return levels("red", ("yellow", bad), ("green", warning))


PLAIN: Final = levels("blue")
"""Neither good nor bad."""


# Panels


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel with the alerts that watch what it shows."""

    builder: _Builder
    alerts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of a table looks."""

    name: str
    unit: str = ""
    thresholds: dashboard.ThresholdsConfig | None = None
    link: bool = False
    """The value is a URL to be opened."""
    width: int = 0

    def properties(self) -> list[DynamicConfigValue]:
        """Return it as an override of fields."""
        values: dict[str, object] = {}
        if self.unit:
            values["unit"] = self.unit
        if self.width:
            values["custom.width"] = self.width
        if self.thresholds:
            values["thresholds"] = self.thresholds.build()
            values["color"] = {"mode": "thresholds"}
            values["custom.cellOptions"] = {"type": "color-text"}
        if self.link:
            values["links"] = [{"title": "Open", "url": "${__value.raw}", "targetBlank": True}]
        return [DynamicConfigValue(key, value) for key, value in values.items()]


def figure(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str = "short",
    thresholds: dashboard.ThresholdsConfig = PLAIN,
    width: int = 4,
    decimals: int | None = None,
    alerts: tuple[str, ...] = (),
    no_value: str = "–",
) -> Panel:
    """Return a panel of one large number."""
    panel = (
        stat.Panel()
        .unit(unit)
        .thresholds(thresholds)
        .no_value(no_value)
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if isinstance(query, Metric) else BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    if decimals is not None:
        panel.decimals(decimals)
    return _finish(panel, title, description, [query], size=(width, 4), alerts=alerts)


def curves(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "short",
    style: Style = "lines",
    thresholds: dashboard.ThresholdsConfig | None = None,
    width: int = 12,
    highest: float | None = None,
    alerts: tuple[str, ...] = (),
) -> Panel:
    """Return a panel over time; a line at every threshold."""
    panel = (
        timeseries.Panel()
        .unit(unit)
        .min(0)
        .draw_style(GraphDrawStyle.BARS if style == "bars" else GraphDrawStyle.LINE)
        .line_width(1)
        .fill_opacity(10 if style == "lines" else 60)
        .show_points(VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.RIGHT)
            .calcs(["lastNotNull", "max"])
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
        )
    )
    if style != "lines":
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    if highest is not None:
        panel.max(highest)
    if thresholds is not None:
        panel.thresholds(thresholds).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
        )
    return _finish(panel, title, description, queries, size=(width, 8), alerts=alerts)


def bars(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str = "short",
    width: int = 12,
    height: int = 8,
    flat: bool = False,
) -> Panel:
    """Return a bar chart of rows: the first column names the bars, the others are their lengths."""
    panel = (
        barchart.Panel()
        .unit(unit)
        .min(0)
        .orientation(VizOrientation.HORIZONTAL if flat else VizOrientation.VERTICAL)
        .show_value(VisibilityMode.AUTO)
        .fill_opacity(80)
        .legend(common.VizLegendOptions().show_legend(False))
    )
    return _finish(panel, title, description, [query], size=(width, height))


def shares(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "short",
    thresholds: dashboard.ThresholdsConfig = PLAIN,
    width: int = 12,
    alerts: tuple[str, ...] = (),
) -> Panel:
    """Return flat bars, one per series, of what they are now."""
    panel = (
        bargauge.Panel()
        .unit(unit)
        .min(0)
        .thresholds(thresholds)
        .decimals(0)
        .no_value("none")
        .orientation(VizOrientation.HORIZONTAL)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )
    return _finish(panel, title, description, queries, size=(width, 8), alerts=alerts, instant=True)


def grid(
    title: str,
    description: str,
    queries: Sequence[Query],
    columns: Sequence[Column],
    *,
    width: int = 24,
    height: int = 8,
    alerts: tuple[str, ...] = (),
) -> Panel:
    """Return a table.

    Queries in PromQL become columns, one each, named by their legends, and are joined by the
    labels that they share.
    """
    panel = table.Panel()
    if named := {
        f"Value #{ref}": query.legend
        for ref, query in zip(_REFS, queries, strict=False)
        if isinstance(query, Metric)
    }:
        panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
        panel.with_transformation(
            DataTransformerConfig(
                id_val="organize", options={"excludeByName": {"Time": True}, "renameByName": named}
            )
        )
    for column in columns:
        panel.override_by_name(column.name, column.properties())
    return _finish(
        panel, title, description, queries, size=(width, height), alerts=alerts, instant=True
    )


def _finish(
    panel: _P,
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    size: tuple[int, int],
    alerts: tuple[str, ...] = (),
    instant: bool = False,
) -> Panel:
    if alerts:
        named = ", ".join(f"{alert} ({RUNBOOK}#{alert.lower()})" for alert in alerts)
        description += f" Alerts: {named}."
    panel.title(title).description(description).span(size[0]).height(size[1])
    panel.datasource(POSTGRES if isinstance(queries[0], Rows) else PROMETHEUS)
    for ref, query in zip(_REFS, queries, strict=False):
        panel.with_target(
            _target(query, ref, instant=instant, table=isinstance(panel, table.Panel))
        )
    return Panel(panel, alerts)


def _target(query: Query, ref: str, *, instant: bool, table: bool) -> Builder[Dataquery]:
    if isinstance(query, Rows):
        query.ref_id = ref
        return query
    target = prometheus.Dataquery().expr(query.expr).ref_id(ref).datasource(PROMETHEUS)
    if query.legend:
        target.legend_format(query.legend)
    if table:
        target.format(PromQueryFormat.TABLE)
    return target.instant() if instant else target.range()


# Dashboards


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it."""

    title: str
    panels: tuple[Panel, ...]


def board(
    uid: str,
    title: str,
    description: str,
    rows: Sequence[Row],
    *,
    since: str,
    refresh: str,
    height_of_runbook: int = 14,
) -> Dashboard:
    """Return a dashboard of `rows`, with what to do about its alerts at its foot."""
    builder = (
        dashboard.Dashboard(f"parkwire · {title}")
        .uid(uid)
        .description(description)
        .tags([_TAG])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time(since, "now")
        .refresh(refresh)
        .link(
            dashboard.DashboardLink("parkwire")
            .type(DashboardLinkType.DASHBOARDS)
            .tags([_TAG])
            .keep_time(False)
        )
    )
    alerts = dict.fromkeys(alert for row in rows for panel in row.panels for alert in panel.alerts)
    foot = 1
    number = foot
    for row in rows:
        number += 1
        builder.with_row(dashboard.Row(row.title).id(number))
        for panel in row.panels:
            number += 1
            panel.builder.id(number)
            if panel.alerts:
                what_to_do = dashboard.DashboardLink("What to do").type(DashboardLinkType.LINK)
                panel.builder.links([what_to_do.url(f"/d/{uid}?viewPanel={foot}")])
            builder.with_panel(panel.builder)
    if alerts:
        builder.with_row(dashboard.Row("What to do").id(number + 1))
        builder.with_panel(
            text.Panel()
            .id(foot)
            .title("Runbook")
            .description(f"From {RUNBOOK}.")
            .mode(TextMode.MARKDOWN)
            .content(runbook(tuple(alerts)))
            .span(_COLUMNS)
            .height(height_of_runbook)
        )
    return builder.build()


def runbook(alerts: Sequence[str]) -> str:
    """Return what the runbook says about `alerts`, as Markdown.

    Raises:
        KeyError: it says nothing about one of them.
    """
    page = (_ROOT / RUNBOOK).read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+)\n+(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    return "\n\n".join(f"## {alert}\n\n{sections[alert].strip()}" for alert in alerts)
