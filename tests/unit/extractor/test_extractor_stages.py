import pytest

from services.contracts.messages import Stage
from services.extractor.industries import industry_of
from services.extractor.projects.stages import find_stages


def stages(text: str) -> list[tuple[Stage | None, bool]]:
    return [(v.stage, v.planned) for v in find_stages(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("项目成功签约", "签约"),
        ("正式落户高新区", "签约"),
        ("开工建设", "开工"),
        ("在园区落地建设", "开工"),
        ("项目正加紧建设", "在建"),
        ("主体封顶", "在建"),
        ("通过竣工验收", "竣工"),
        ("竣工投产", "投产"),
        ("正在接洽", "洽谈"),
    ],
)
def test_a_verb_tells_the_stage(text: str, stage: Stage) -> None:
    assert stages(text) == [(stage, False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("预计年底竣工投产", ("在建", True)),
        ("计划于明年6月开工", (None, True)),
        ("力争早日投产", ("在建", True)),
        ("预计年底完成，项目已投产", ("投产", False)),
    ],
)
def test_a_planned_stage_says_what_is_now(text: str, expected: tuple[Stage | None, bool]) -> None:
    assert stages(text)[-1] == expected


@pytest.mark.parametrize(
    "text", ["建成后将新增产能", "项目开工率提高", "从签约到", "尚未投产", "布局三个环节"]
)
def test_what_is_no_event_is_no_stage(text: str) -> None:
    assert stages(text) == []


@pytest.mark.parametrize(
    ("texts", "industry"),
    [
        (("碳化硅衬底项目",), "集成电路"),
        (("新能源汽车零部件项目",), "新能源汽车"),
        (("口腔种植体生产项目",), "医疗器械"),
        (("云岭项目", "主要生产动力电池结构件"), "动力电池"),
        (("云岭项目", "环境优美"), None),
    ],
)
def test_the_longest_term_tells_the_industry(texts: tuple[str, ...], industry: str | None) -> None:
    assert industry_of(*texts) == industry
