"""Why a page has no article."""

import re
from typing import Final, Literal

from services.cleaner.dom import Document
from services.cleaner.main_text import Body
from services.cleaner.meta_lines import letters
from services.cleaner.metadata import TITLE_NAMES

NoArticle = Literal[
    "empty", "not_text", "bad_url", "list_page", "soft_404", "script_shell", "video", "no_text"
]

LEAST_PROSE: Final = 30
"""Characters of running text below which a page tells nothing."""
_LEAST_BRIEF: Final = 16
_SHORT_PAGE: Final = 400
_LABEL: Final = 60
_BRIEF: Final = 100
_MISSING: Final = re.compile(
    r"\b404\b|not found|(?:页面|网页|文章|内容|信息|新闻|资源|文件|链接)\S{0,8}"
    r"(?:不存在|找不到|已(?:被)?(?:删除|下线|移除|失效)|无法(?:访问|找到)|走丢)"
    r"|(?:找不到|没有找到|不存在)\S{0,8}(?:页面|网页|文章|内容|信息|地址)"
    r"|此内容(?:因违规)?无法查看|该内容已被发布者删除"
    r"|安全验证|人机验证|(?:完成|通过)\S{0,6}验证|访问(?:过于|太)频繁",
    re.IGNORECASE,
)
_NEEDS_SCRIPT: Final = re.compile(r"(?:enable|启用|开启|打开|支持)\s*java\s*script", re.IGNORECASE)
_HEADLINES: Final = 5
_MANY_HEADLINES: Final = 8
_NEAR: Final = 10
_LEAST_TITLE: Final = 5


def no_article(document: Document, body: Body | None, status: int) -> NoArticle | None:
    """Say why `document` is no article, or None where it is one."""
    prose = body.prose if body else 0
    shown = sum(len(block.text) for block in document.blocks)
    labels = [document.title, *(b.text for b in document.blocks[:20] if len(b.text) <= _LABEL)]
    opening = "\n".join(labels)
    if prose < _SHORT_PAGE and (
        status >= 400 or (shown < _SHORT_PAGE and _MISSING.search(opening))
    ):
        return "soft_404"
    if body and (body.prose >= LEAST_PROSE or _is_brief(document, body)):
        return "list_page" if _is_list(document, body) else None
    introduced = body is not None and body.teasers > 0
    if introduced or _headlines(document, 0, len(document.blocks)) >= _MANY_HEADLINES:
        return "list_page"
    if document.players or document.meta.get("og:type", "").startswith("video"):
        return "video"
    if shown < 100 and (document.scripted or _NEEDS_SCRIPT.search(opening)):
        return "script_shell"
    return "no_text"


def _is_list(document: Document, body: Body) -> bool:
    start, stop = document.elements[body.element].first, body.stop
    linked = sum(block.linked for block in document.blocks[start:stop])
    if _headlines(document, start, stop) >= _HEADLINES and linked > body.prose:
        return True
    if body.prose >= _BRIEF:
        return False
    if body.teasers >= _HEADLINES:
        return True
    # A sentence about the site stands on its front page; a brief stands below its headline.
    headlines = _headlines(document, 0, len(document.blocks))
    if headlines < _MANY_HEADLINES or not letters(document.title):
        return False
    return not _has_headline(document, start)


def _is_brief(document: Document, body: Body) -> bool:
    """Whether so little prose is a piece of news: a whole sentence below the page's title."""
    blocks = document.blocks
    start = document.elements[body.element].first
    told = any(body.values[i] > 0 and blocks[i].text[-1] == "。" for i in range(start, body.stop))
    return body.prose >= _LEAST_BRIEF and told and _has_headline(document, start)


def _has_headline(document: Document, start: int) -> bool:
    """Whether a line right above block `start`, or it, is a title of the page or part of one."""
    titles = (document.title, *map(document.meta.get, TITLE_NAMES))
    title = letters(" ".join(filter(None, titles)))
    near = document.blocks[max(0, start - _NEAR) : start + 2]
    return any(
        block.linked == 0 and len(key := letters(block.text)) >= _LEAST_TITLE and key in title
        for block in near
    )


def _headlines(document: Document, start: int, stop: int) -> int:
    return sum(
        block.linked >= 8 and block.linked > 0.5 * len(block.text)
        for block in document.blocks[start:stop]
    )
