"""Dashboard *Quality*: what the line makes of pages, and where a site's pages defeat it."""

from typing import Final

from deploy.grafana.panels import (
    Column,
    Metric,
    Row,
    Rows,
    above,
    below,
    board,
    curves,
    figure,
    grid,
    known,
    shares,
)


def _found(what: str, interval: str) -> str:
    return f'sum(increase(parkwire_found_total{{what="{what}"}}[{interval}]))'


def _dealt(stage: str, interval: str) -> str:
    done = f'parkwire_records_total{{stage="{stage}", outcome="done"}}'
    return f"sum(increase({done}[{interval}]))"


def _yield(what: str, stage: str, interval: str) -> str:
    return known(f"{_found(what, interval)} / {_dealt(stage, interval)}")


_NOW: Final = Row(
    "Now",
    (
        figure(
            "Articles per page",
            "Articles that the cleaner finds in a page, over the last hour. Well below its usual "
            "value: a large site has changed its pages.",
            Metric(_yield("articles", "cleaner", "1h")),
            decimals=2,
            thresholds=below(0.3, 0.6),
        ),
        figure(
            "Amounts per article",
            "Amounts that the extractor finds in an article, over the last hour.",
            Metric(_yield("amounts", "extractor", "1h")),
            decimals=1,
            thresholds=below(0.5, 2),
        ),
        figure(
            "Projects per article",
            "Projects that the extractor finds in an article, over the last hour.",
            Metric(_yield("projects", "extractor", "1h")),
            decimals=2,
            thresholds=below(0.05, 0.2),
        ),
        figure(
            "Without a date",
            "Share of the stored articles, in the chosen time, that have no time of publication. "
            "Their projects have no place in a table by month.",
            Rows("""\
SELECT avg((published_at IS NULL)::int) AS share
FROM parkwire.articles
WHERE $__timeFilter(stored_at)"""),
            unit="percentunit",
            thresholds=above(0.1, 0.3),
        ),
        figure(
            "Without an amount",
            "Share of the projects of stored articles, in the chosen time, whose investment is "
            "not known. Many articles state none; watch for a change.",
            Rows("""\
SELECT avg((value IS NULL)::int) AS share
FROM parkwire.projects AS p JOIN parkwire.articles AS a ON a.id = p.article_id
WHERE kind = 'project' AND $__timeFilter(stored_at)"""),
            unit="percentunit",
            thresholds=above(0.5, 0.8),
        ),
        figure(
            "Without a place",
            "Share of the projects of stored articles, in the chosen time, with neither park nor "
            "place.",
            Rows("""\
SELECT avg((park IS NULL AND place IS NULL)::int) AS share
FROM parkwire.projects AS p JOIN parkwire.articles AS a ON a.id = p.article_id
WHERE kind = 'project' AND $__timeFilter(stored_at)"""),
            unit="percentunit",
            thresholds=above(0.3, 0.6),
        ),
    ),
)

_YIELD: Final = Row(
    "Yield",
    (
        curves(
            "Yield",
            "Articles per page, amounts and projects per article. The level is the sources'; a "
            "step is ours, or a site's new pages.",
            Metric(_yield("articles", "cleaner", "$__rate_interval"), "articles per page"),
            Metric(_yield("amounts", "extractor", "$__rate_interval"), "amounts per article"),
            Metric(_yield("projects", "extractor", "$__rate_interval"), "projects per article"),
        ),
        curves(
            "Articles written",
            "Articles per minute that the store was given: changed ones were written, unchanged "
            "ones were there already.",
            Metric(
                "60 * sum by (result) (rate(parkwire_articles_written_total[$__rate_interval]))",
                "{{result}}",
            ),
            unit="suffix: /min",
            style="stacked",
        ),
        curves(
            "Not linked yet",
            "Stored articles that wait to be related to the others: until then they are neither "
            "searched nor grouped. It should come back to nothing after every burst.",
            Metric("max(parkwire_pending_articles)", "articles"),
        ),
        curves(
            "Pages without an article",
            "Pages per minute in which the cleaner finds no article, by reason. `list_page` is "
            "harmless; `script_shell` is a site that shows nothing without a browser; a jump of "
            "`no_text` is a site with new pages.",
            Metric(
                "60 * sum by (what) "
                '(rate(parkwire_found_total{what=~"no_article_.+"}[$__rate_interval]))',
                "{{what}}",
            ),
            unit="suffix: /min",
            style="stacked",
        ),
        shares(
            "Pages without an article, 24 h",
            "The same over a day, as numbers of pages.",
            Metric(
                'sum by (what) (increase(parkwire_found_total{what=~"no_article_.+"}[24h])) > 0',
                "{{what}}",
            ),
        ),
        shares(
            "Encodings and templates, 24 h",
            "Pages by the encoding that they were read in, and pages that templates of hosts were "
            "learned from (`template_pages`: many are new sites).",
            Metric(
                'sum by (what) (increase(parkwire_found_total{what=~"charset_.+|template_pages"}'
                "[24h])) > 0",
                "{{what}}",
            ),
        ),
    ),
)

_LOST: Final = Row(
    "Lost",
    (
        shares(
            "Dead letters by reason, 24 h",
            "What could not be processed. `step_failed`, `worker_died` and `unstorable` are "
            "defects of ours; `unfetchable` are sources that are gone.",
            Metric(
                "sum by (stage, reason) (increase(parkwire_dead_letters_total[24h])) > 0",
                "{{stage}} {{reason}}",
            ),
            thresholds=above(1, 20),
            alerts=("DeadLetters", "DeadLetterRatio"),
        ),
        curves(
            "Articles without a date",
            "Share of the articles that have no time of publication, by the hour of storing.",
            Rows(
                """\
SELECT date_trunc('hour', stored_at) AS time, avg((published_at IS NULL)::int) AS "no date"
FROM parkwire.articles
WHERE $__timeFilter(stored_at)
GROUP BY 1
ORDER BY 1""",
                over_time=True,
            ),
            unit="percentunit",
            highest=1,
            thresholds=above(0.1, 0.3),
        ),
    ),
)

_SITES: Final = Row(
    "Sites",
    (
        grid(
            "Sites",
            "What was stored of each site in the chosen time. Without dates, or with texts of "
            "strange length: its pages defeat the cleaner. `parkwire inspect URL` shows how.",
            (
                Rows("""\
SELECT a.site AS "Site", count(*) AS "Articles",
    avg((a.published_at IS NULL)::int) AS "No date",
    percentile_cont(0.5) WITHIN GROUP (ORDER BY length(a.text)) AS "Characters, median",
    avg(coalesce(m.amounts, 0)) AS "Amounts per article",
    avg(coalesce(p.projects, 0)) AS "Projects per article",
    max(a.fetched_at) AS "Last fetched"
FROM parkwire.articles AS a
LEFT JOIN (SELECT article_id, count(*) AS amounts FROM parkwire.amounts GROUP BY 1) AS m
    ON m.article_id = a.id
LEFT JOIN (
    SELECT article_id, count(*) AS projects FROM parkwire.projects WHERE kind = 'project' GROUP BY 1
) AS p ON p.article_id = a.id
WHERE $__timeFilter(a.stored_at)
GROUP BY a.site
ORDER BY count(*) DESC, a.site
LIMIT 100"""),
            ),
            (
                Column("No date", "percentunit", above(0.1, 0.5)),
                Column("Characters, median", "short", below(80, 200)),
                Column("Amounts per article", "short"),
                Column("Projects per article", "short"),
            ),
            height=10,
        ),
    ),
)

DASHBOARD: Final = board(
    "parkwire-quality",
    "Quality",
    "What the line makes of pages, what it cannot use, and which sites defeat it.",
    (_NOW, _YIELD, _LOST, _SITES),
    since="now-24h",
    refresh="5m",
)
