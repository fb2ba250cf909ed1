"""Dashboard *Facts*: projects and sums by month, place and industry.

A project that several articles tell of counts once, as the view `projects` has it.
Totals over many projects (kind `aggregate`) count nowhere, since what they sum up is counted too.
"""

from typing import Final

from deploy.grafana.panels import Column, Row, Rows, bars, board, figure, grid

# The projects of the chosen time. A project's month is that of the stage's date, else of its
# article; without either it is in no time.
_PROJECTS: Final = """\
WITH project AS (
    SELECT name, investors, value, currency, park, place, industry, stage, lower(days) AS day, url,
        CASE currency WHEN 'CNY' THEN value / 1e8 END AS yi
    FROM parkwire.projects
    WHERE kind = 'project'
        AND days && daterange($__timeFrom()::date, $__timeTo()::date, '[]')
)
"""
# Sums are of renminbi, in hundreds of millions (yi), as Chinese statistics have them.
_YI: Final = "suffix: 亿元"


def _projects(query: str, *, over_time: bool = False) -> Rows:
    return Rows(_PROJECTS + query, over_time=over_time)


_NOW: Final = Row(
    "In the chosen time",
    (
        figure(
            "Projects",
            "Projects whose date lies in the chosen time, each counted once.",
            _projects("SELECT count(*) AS projects FROM project"),
        ),
        figure(
            "Investment",
            "Sum of what is stated in renminbi; of a range its lower end. Totals over many "
            "projects are left out.",
            _projects("SELECT coalesce(sum(yi), 0) AS investment FROM project"),
            unit=_YI,
        ),
        figure(
            "Median project",
            "Half of the projects with an amount are larger.",
            _projects(
                "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY yi) AS median FROM project"
            ),
            unit=_YI,
            decimals=1,
        ),
        figure(
            "Parks",
            "Parks that have a project.",
            _projects("SELECT count(DISTINCT park) AS parks FROM project"),
        ),
        figure(
            "Investors",
            "Companies that invest in one.",
            _projects(
                "SELECT count(DISTINCT investor) AS companies "
                "FROM project, unnest(investors) AS investor"
            ),
        ),
        figure(
            "Undated",
            "Projects that are in no time, since neither they nor their articles have a date.",
            Rows("""\
SELECT count(*) AS undated FROM parkwire.projects WHERE kind = 'project' AND days IS NULL"""),
        ),
    ),
)

_TIME: Final = Row(
    "By month",
    (
        bars(
            "Projects by month",
            "Projects by the month of their date.",
            _projects("""\
SELECT to_char(day, 'YYYY-MM') AS month, count(*) AS projects
FROM project GROUP BY 1 ORDER BY 1"""),
        ),
        bars(
            "Investment by month",
            "Renminbi by the month of the project's date.",
            _projects("""\
SELECT to_char(day, 'YYYY-MM') AS month, coalesce(sum(yi), 0) AS investment
FROM project GROUP BY 1 ORDER BY 1"""),
            unit=_YI,
        ),
    ),
)


def _by(field: str) -> Rows:
    return _projects(f"""\
SELECT {field}, sum(yi) AS investment
FROM project WHERE {field} IS NOT NULL AND yi IS NOT NULL
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15""")  # noqa: S608  # one of three names in this file


_WHERE: Final = Row(
    "Where, what, how far",
    (
        bars(
            "Investment by place",
            "Renminbi, the 15 places with most.",
            _by("place"),
            unit=_YI,
            width=8,
            height=12,
            flat=True,
        ),
        bars(
            "Investment by park",
            "Renminbi, the 15 parks with most.",
            _by("park"),
            unit=_YI,
            width=8,
            height=12,
            flat=True,
        ),
        bars(
            "Investment by industry",
            "Renminbi, the 15 industries with most.",
            _by("industry"),
            unit=_YI,
            width=8,
            height=12,
            flat=True,
        ),
        bars(
            "Projects by stage",
            "How far projects have come: talks, signed, begun, being built, finished, producing.",
            _projects("""\
SELECT stage, count(*) AS projects
FROM project WHERE stage IS NOT NULL
GROUP BY 1
ORDER BY array_position(ARRAY['洽谈', '签约', '开工', '在建', '竣工', '投产'], stage)"""),
            width=12,
        ),
        grid(
            "Investors",
            "Companies by what the projects that they invest in are worth; a project with two "
            "investors counts for both.",
            (
                _projects("""\
SELECT investor AS "Investor", count(*) AS "Projects", coalesce(sum(yi), 0) AS "Investment"
FROM project, unnest(investors) AS investor
GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 50"""),
            ),
            (Column("Investment", _YI), Column("Projects", width=90)),
            width=12,
        ),
    ),
)

_NEWEST: Final = Row(
    "Newest",
    (
        grid(
            "Newest projects",
            "The 100 newest, each as the newest article tells it; amounts in hundreds of millions.",
            (
                _projects("""\
SELECT to_char(day, 'YYYY-MM-DD') AS "Date", name AS "Project",
    array_to_string(investors, '、') AS "Investor", value / 1e8 AS "Amount", currency AS "Currency",
    coalesce(park, place) AS "Where", industry AS "Industry", stage AS "Stage", url AS "Article"
FROM project ORDER BY day DESC, name LIMIT 100"""),
            ),
            (
                Column("Date", width=110),
                Column("Amount", "suffix: 亿", width=110),
                Column("Currency", width=90),
                Column("Stage", width=80),
                Column("Article", link=True),
            ),
            height=16,
        ),
    ),
)

DASHBOARD: Final = board(
    "parkwire-facts",
    "Facts",
    "Projects and what they are worth, by month, place and industry.",
    (_NOW, _TIME, _WHERE, _NEWEST),
    since="now-5y",
    refresh="15m",
)
