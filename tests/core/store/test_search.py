"""Filters, orders and counts, compared with the same in plain Python."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import CaseDetails, ExhibitFilter, ReviewState, SortKey, Verdict
from core.store import exhibits, findings, opening, search
from tests.core.store.generated import ARCHITECTURES, add_exhibit, facts_of, finding_of, sha256_of

NAMES = ("Straße.png", "img2.jpg", "IMG10.jpg", "img2.jpg", "Ünder.gif", "a b.tif", "émile.webp", "e\u0301mile.webp")
RANK = {None: 9, Verdict.ATTRIBUTED: 0, Verdict.UNKNOWN: 1, Verdict.INCONCLUSIVE: 2, Verdict.OUT_OF_SCOPE: 3}
FILTERS = st.builds(
    ExhibitFilter,
    text=st.sampled_from(
        (
            "",
            "",
            "img",
            "STRASSE",
            "ünder  GIF",
            "Émile",
            "odd",
            "stick hands",
            "zzz",
            sha256_of(7)[:6],
            sha256_of(8).upper(),
        )
    ),
    verdicts=st.frozensets(st.sampled_from(Verdict), max_size=2),
    architectures=st.frozensets(st.sampled_from(ARCHITECTURES[:4]), max_size=2),
    tags=st.frozensets(st.integers(0, 9), max_size=3),
    states=st.frozensets(st.sampled_from(ReviewState), max_size=2),
    score_from=st.sampled_from((0.0, 0.0, 0.25)),
    score_to=st.sampled_from((1.0, 1.0, 0.75)),
    agreement_from=st.sampled_from((0, 0, 5)),
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A case of 120 exhibits of every kind, and its lines and notes."""
    draw = random.Random(3)
    database = opening.create(tmp_path_factory.mktemp("mixed") / "mixed", CaseDetails("Mixed"), "A. Moreau")
    with database.writing() as transaction:
        for number in range(120):
            name = NAMES[number % len(NAMES)]
            add_exhibit(
                transaction, number, name=name, path=f"/stick/{name}", facts=facts_of(draw.choice((64, 256, 512)))
            )
        for number in draw.sample(range(120), 90):
            verdict, architecture = draw.choice(tuple(Verdict)), draw.choice(ARCHITECTURES[:4])
            score, agreeing = draw.choice((0.1, 0.5, 0.5, 0.9)), draw.randrange(17)
            made = finding_of(number, verdict=verdict, architecture=architecture, score=score, agreeing=agreeing)
            findings.add(transaction, made)
        for tag in range(10):
            exhibits.tag(transaction, draw.sample(range(1, 121), 12), tag, True)
        exhibits.set_reviewed(transaction, draw.sample(range(1, 121), 50), True)
        for exhibit_id in draw.sample(range(1, 121), 20):
            exhibits.set_note(transaction, exhibit_id, "Odd HANDS.")
    with database.reading() as session:
        lines = exhibits.lines(session, range(1, 121))
    yield database, lines
    database.close()


def _state(line):
    if line.reviewed:
        return ReviewState.REVIEWED
    return ReviewState.WAITING if line.verdict is None else ReviewState.UNREVIEWED


def _texts_match(line, text):
    said = search.folded(f"{line.name} /stick/{line.name}{' odd hands.' if line.has_note else ''}")
    return all(word in said or line.sha256.startswith(word) for word in search.folded(text).split())


CHECKS = {
    "text": lambda line, wanted: _texts_match(line, wanted.text),
    "score_from": lambda line, wanted: (
        wanted.score_from == 0 or (line.score is not None and line.score >= wanted.score_from)
    ),
    "score_to": lambda line, wanted: wanted.score_to == 1 or (line.score is not None and line.score <= wanted.score_to),
    "agreement": lambda line, wanted: not wanted.agreement_from or (line.agreement or 0) >= wanted.agreement_from,
    "verdicts": lambda line, wanted: not wanted.verdicts or line.verdict in wanted.verdicts,
    "architectures": lambda line, wanted: not wanted.architectures or line.architecture in wanted.architectures,
    "tags": lambda line, wanted: not wanted.tags or bool(wanted.tags & set(line.tags)),
    "states": lambda line, wanted: not wanted.states or _state(line) in wanted.states,
}


def _shown(lines, wanted, without=None):
    return [line for line in lines if all(check(line, wanted) for name, check in CHECKS.items() if name != without)]


@settings(max_examples=60, deadline=None)
@given(wanted=FILTERS)
def test_a_filter_shows_what_plain_python_shows(mixed, wanted):
    database, lines = mixed
    with database.reading() as session:
        assert list(exhibits.ids(session, wanted)) == [line.id for line in _shown(lines, wanted)]


@settings(max_examples=60, deadline=None)
@given(wanted=FILTERS)
def test_the_counts_are_those_of_plain_python(mixed, wanted):
    database, lines = mixed
    with database.reading() as session:
        facets = exhibits.facets(session, wanted)
    assert (facets.total, facets.shown) == (120, len(_shown(lines, wanted)))
    for verdict in Verdict:
        assert facets.verdicts[verdict] == sum(line.verdict == verdict for line in _shown(lines, wanted, "verdicts"))
    named = {line.architecture for line in lines} - {None}
    assert list(facets.architectures) == sorted(named)
    for name in named:
        others = _shown(lines, wanted, "architectures")
        assert facets.architectures[name] == sum(line.architecture == name for line in others)
    for tag in range(10):
        assert facets.tags[tag] == sum(tag in line.tags for line in _shown(lines, wanted, "tags"))
    for state in ReviewState:
        assert facets.states[state] == sum(_state(line) == state for line in _shown(lines, wanted, "states"))


KEYS = {
    SortKey.TAKEN: lambda line: line.id,
    SortKey.NAME: lambda line: search.name_key(line.name),
    SortKey.SCORE: lambda line: line.score,
    SortKey.AGREEMENT: lambda line: line.agreement,
    SortKey.SIZE: lambda line: line.width * line.height,
    SortKey.VERDICT: lambda line: None if line.verdict is None else (RANK[line.verdict], line.architecture or ""),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SortKey)
@pytest.mark.parametrize(
    "wanted", [ExhibitFilter(), ExhibitFilter(text="stick", score_to=0.95, tags=frozenset(range(8)))]
)
def test_the_order_is_that_of_plain_python_with_the_unknown_last(mixed, sort, descending, wanted):
    database, lines = mixed
    key, shown = KEYS[sort], _shown(lines, wanted)
    known = sorted((line for line in shown if key(line) is not None), key=key, reverse=descending)
    expected = known + [line for line in shown if key(line) is None]
    with database.reading() as session:
        assert exhibits.ids(session, wanted, sort, descending=descending) == tuple(line.id for line in expected)


def test_names_sort_as_people_sort_them():
    names = ["img10", "IMG2", "img2b", "img002a", "Straße", "strasse 1", "img", "9" * 50, "1" + "0" * 50, "é", "e"]
    assert sorted(names, key=search.name_key) == [
        "9" * 50,
        "1" + "0" * 50,
        "e",
        "img",
        "IMG2",
        "img002a",
        "img2b",
        "img10",
        "Straße",
        "strasse 1",
        "é",
    ]


@given(st.text())
def test_a_key_can_be_made_of_any_name(name):
    search.name_key(name).encode("utf-8")
    search.folded(name).encode("utf-8")


@given(st.frozensets(st.integers(0, 9)))
def test_tags_are_bits_and_back(tags):
    assert search.tags_in(search.mask_of(tags)) == tuple(sorted(tags))


def test_every_verdict_has_its_place():
    assert set(search.VERDICT_ORDER) == set(Verdict)


def test_a_hash_is_found_by_its_beginning_and_never_by_its_middle(mixed):
    database, _ = mixed
    sha256, md5 = sha256_of(7), hashlib.md5(b"7").hexdigest()
    with database.reading() as session:
        found = [exhibits.ids(session, ExhibitFilter(text=text)) for text in (sha256, sha256[:6], md5[:8], md5.upper())]
        assert found == [(8,)] * 4
        assert [exhibits.ids(session, ExhibitFilter(text=text)) for text in (sha256[1:20], sha256[:5])] == [(), ()]
