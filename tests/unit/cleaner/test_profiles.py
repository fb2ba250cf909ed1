from collections.abc import Callable

import pytest

from services.cleaner.clean import clean
from services.cleaner.profiles import NO_PROFILE, Profile, profile_of, profiles
from services.contracts.messages import Page

MakePage = Callable[..., Page]

BRIEF = "远岫能源公司的储能项目今日在白鹭湖高新区开工，总投资五亿元，明年九月投产。"
LONG = "<p>本站为园区与企业搭建桥梁，提供选址、政策、融资和人才等一站式的服务，欢迎交流。</p>" * 3


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ('<meta name="theme" content="纯净主题,tpure,http://theme.example/">', "single"),
        ('<meta property="og:site_name" content="微信公众平台">', "js_content"),
        ('<meta name="generator" content="Discuz! X3.4">', "t_f"),
    ],
)
def test_a_profile_comes_before_all_other_evidence(
    head: str, word: str, make_page: MakePage
) -> None:
    html = (
        f"<title>储能项目开工</title>{{}}<div class=about>{LONG}</div><h1>储能项目开工</h1>"
        f"<div class='x {word}'><p>{BRIEF}</p></div>"
    )
    (article,) = clean(make_page(html.format(head))).articles
    assert article.paragraphs == (BRIEF,)
    (article,) = clean(make_page(html.format(""))).articles
    assert article.paragraphs != (BRIEF,)


def test_a_page_without_the_element_is_read_as_any_other(make_page: MakePage) -> None:
    html = (
        f"<meta name=generator content=Discuz!><h1>储能项目今日开工</h1><div><p>{BRIEF}</p></div>"
    )
    assert clean(make_page(html)).articles[0].paragraphs == (BRIEF,)


def test_a_host_may_have_a_profile_of_its_own() -> None:
    of_host = Profile("one site", "text", hosts=frozenset({"news.example"}))
    assert of_host.applies({}, "news.example")
    assert not of_host.applies({}, "other.example")
    assert profile_of({}, "news.example") is NO_PROFILE


def test_profiles_stay_few_and_none_applies_to_every_page() -> None:
    assert len(profiles()) <= 12
    assert not any(profile.applies({}, "news.example") for profile in profiles())
