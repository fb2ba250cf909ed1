"""Names that no rule and no list knows, by the statistical layer."""

from functools import lru_cache
from typing import Final

from services.contracts.messages import EntityType
from services.extractor import tables
from services.extractor.boundaries import is_stop, is_verb
from services.extractor.entities.mention import Claims, Mention
from services.extractor.segment import UNKNOWN, Words, is_coined
from services.extractor.statistics.model import Name, model

# How much likelier than no name a name must be. The model was trained on news of all sorts; a
# title or a place that only it sees is seldom one here.
_MARGINS: Final[dict[EntityType, float]] = {
    "company": 6.0,
    "person": 4.0,
    "organization": 8.0,
    "government": 8.0,
}
_MAY_NAME: Final = frozenset((UNKNOWN, "nr", "nrt", "nrfg"))
_LONGEST: Final = 20
# 麦岚旗下子公司 is no name; 张江 is a place, and a name's last character is none of these.
_KINSHIP: Final = frozenset(("旗下", "子公司", "分公司", "母公司"))
_NO_PERSON: Final = tuple("院贷网社厂会局部江河湖山岛区镇村路街桥")


def find_learned(words: Words, claims: Claims) -> None:
    """Claim the names that the model is sure of, where nothing else is claimed.

    It is asked only about clauses that hold a word which is no word of the language and which no
    other layer knows: in most others there is no name left.
    """
    hints = [
        token.start
        for token in words.tokens
        if token.tag in _MAY_NAME
        and _may_name(token.word, token.tag)
        and claims.is_free(token.start, token.end)
    ]
    for name in model().find(words, hints, _MARGINS):
        if name.end - name.start <= _LONGEST and _is_name(words, name):
            claims.claim(Mention(name.type, name.start, name.end))


@lru_cache(maxsize=65536)
def _may_name(word: str, tag: str) -> bool:
    """Return whether a word is in no dictionary, or is there as a person with a known surname.

    更大 and 签约后 are in none, but do not begin or end as a name does.
    """
    if len(word) < 2 or word.isascii():
        return False
    if word[0] in tables.word_set("surnames.txt"):
        return tag != UNKNOWN or is_coined(word)
    stops = tables.word_set("name_stops.txt", "name_stops_soft.txt", "name_verbs.txt")
    return tag == UNKNOWN and is_coined(word) and word[0] not in stops and word[-1] not in stops


def _is_name(words: Words, name: Name) -> bool:
    """Return whether the span is made of whole words, a made-up one among them, and no verb."""
    if not words.is_aligned(name.start, name.end):
        return False
    tokens = words.between(name.start, name.end)
    if name.type == "person":
        return _is_person(words.text[name.start : name.end])
    generic = tables.word_set("company_generic.txt")
    return any(
        len(t.word) > 1 and is_coined(t.word) and t.tag != "ns" and t.word not in generic
        for t in tokens
    ) and not any(is_stop(t) or is_verb(t) or t.word in _KINSHIP for t in tokens)


def _is_person(name: str) -> bool:
    """Return whether a name looks like a person's: a surname and one or two more, or a dot."""
    surnames = tables.word_set("surnames.txt")
    if "·" in name or "•" in name:
        return True
    is_chinese = name[:2] in surnames or name[:1] in surnames
    return is_chinese and 2 <= len(name) <= 4 and not name.endswith(_NO_PERSON)
