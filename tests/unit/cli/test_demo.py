"""What the demo shows at its end."""

from rich.console import Console

from services.cli.demo import projects_table
from services.store.rows import ProjectRow


def test_a_project_shows_all_of_its_stages() -> None:
    row = ProjectRow(
        name="轴承项目",
        kind="project",
        investors=["远岫精密制造有限公司"],
        amount_low=3.6e9,
        amount_high=3.6e9,
        currency="CNY",
        area_m2=None,
        park="云溪高新区",
        place=None,
        stage="投产",
        date="2024-05-02",
        industry=None,
        stages=["签约 2024-03-04", "开工", "投产 2024-05-02"],
        articles=3,
        confidence=0.9,
        title="",
        published=None,
        url="",
    )
    console = Console(width=200)
    with console.capture() as shown:
        console.print(projects_table([row]))
    assert "签约 → 开工 → 投产" in shown.get()
