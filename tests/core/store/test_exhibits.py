"""Taking exhibits in, reading them back, and what the analyst says of them."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from core.domain import ExhibitFilter, ImageFacts, Occurrence, SortKey, Verdict
from core.errors import BadInput, NotFound
from core.store import exhibits, findings
from tests.core.store.generated import add_exhibit, facts_of, finding_of, sha256_of

HOSTILE = "\u202egnp.exe\n<b>\x00\udce9 ’; DROP TABLE 😀"


@pytest.fixture
def three(database):
    with database.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
    return database


def _get(database, exhibit_id):
    with database.reading() as session:
        return exhibits.get(session, exhibit_id)


def _lines(database, *exhibit_ids):
    with database.reading() as session:
        return exhibits.lines(session, exhibit_ids)


def test_an_exhibit_comes_back_as_it_was_taken_in(database):
    facts = ImageFacts(
        "PNG", "grey 16 bit", 640, 480, frames=2, orientation=6, metadata=(("parameters", HOSTILE),), remarks=("Odd.",)
    )
    before = datetime.now(UTC)
    with database.writing() as transaction:
        taken = add_exhibit(transaction, 1, name="letter.png", path="/stick/box.zip!letter.png", facts=facts)
    assert taken == exhibits.Taken(1, new=True)
    exhibit = _get(database, 1)
    assert exhibit.facts == facts
    assert (exhibit.sha256, exhibit.name, exhibit.size_bytes) == (sha256_of(1), "letter.png", 500_001)
    assert len(exhibit.md5) == 32
    assert [place.path for place in exhibit.occurrences] == ["/stick/box.zip!letter.png"]
    assert before <= exhibit.taken_at <= datetime.now(UTC)
    assert exhibit.taken_at.utcoffset() == timedelta(0)
    assert (exhibit.tags, exhibit.note, exhibit.reviewed) == ((), "", False)


def test_the_same_bytes_are_one_exhibit_with_another_occurrence(three):
    with three.writing() as transaction:
        again = add_exhibit(transaction, 1, name="copy.jpg", path="/other/copy.jpg")
        add_exhibit(transaction, 1, name="copy.jpg", path="/other/copy.jpg")
    assert again == exhibits.Taken(2, new=False)
    exhibit = _get(three, 2)
    assert exhibit.name == "IMG_1.jpg"
    assert [place.path for place in exhibit.occurrences] == ["/media/usb stick/DCIM/0/IMG_1.jpg", "/other/copy.jpg"]
    assert all(isinstance(place, Occurrence) for place in exhibit.occurrences)
    with three.reading() as session:
        assert exhibits.ids(session, ExhibitFilter(text="/OTHER/")) == (2,)


def test_hostile_names_come_back_unchanged(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1, name=HOSTILE, path=f"/tmp/{HOSTILE}")
        add_exhibit(transaction, 1, name=HOSTILE, path=f"/elsewhere/{HOSTILE}")
        exhibits.set_note(transaction, 1, HOSTILE)
    exhibit = _get(database, 1)
    assert exhibit.name == exhibit.note == HOSTILE
    assert [place.path for place in exhibit.occurrences] == [f"/tmp/{HOSTILE}", f"/elsewhere/{HOSTILE}"]
    assert _lines(database, 1)[0].name == HOSTILE
    with database.reading() as session:
        assert exhibits.ids(session, ExhibitFilter(text="\udce9 TABLE"), SortKey.NAME) == (1,)


def test_a_very_long_name_is_no_trouble(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1, name="1" * 4000 + ".png", path="/" + "d/" * 2000)
    assert len(_get(database, 1).name) == 4004


def test_an_unknown_exhibit_is_a_sentence(three):
    with pytest.raises(NotFound, match="no exhibit 99"):
        _get(three, 99)


def test_an_exhibit_is_found_by_its_hash_in_either_case(three):
    with three.reading() as session:
        assert exhibits.by_sha256(session, sha256_of(2).upper()).id == 3
        assert exhibits.by_sha256(session, "0" * 64) is None
        assert exhibits.by_sha256(session, "' OR 1=1") is None


def test_a_hash_that_is_none_is_refused_by_the_database_itself(database):
    with pytest.raises(Exception, match="CHECK"), database.writing() as transaction:
        exhibits.add(
            transaction, sha256="../../etc/passwd", md5="", size_bytes=1, name="x", path="/x", facts=facts_of()
        )


def test_lines_come_in_the_order_asked_for_and_leave_out_the_unknown(three):
    assert [line.id for line in _lines(three, 3, 99, 1, 2)] == [3, 1, 2]
    assert _lines(three) == ()


def test_a_line_shows_the_current_finding_tags_note_and_review(three):
    with three.writing() as transaction:
        findings.add(transaction, finding_of(1, architecture="SDXL", score=0.83, agreeing=11))
        exhibits.tag(transaction, [2], 9, True)
        exhibits.tag(transaction, [2], 0, True)
        exhibits.set_note(transaction, 2, "Odd hands.")
        exhibits.set_reviewed(transaction, [2], True)
    plain, line = _lines(three, 1, 2)
    assert (line.verdict, line.architecture, line.score, line.agreement) == (Verdict.ATTRIBUTED, "SDXL", 0.83, 11)
    assert (line.tags, line.has_note, line.reviewed) == ((0, 9), True, True)
    assert (line.container, line.width, line.height) == ("JPEG", 1024, 768)
    assert (plain.verdict, plain.architecture, plain.score, plain.agreement) == (None, None, None, None)
    assert (plain.tags, plain.has_note, plain.reviewed) == ((), False, False)
    assert type(line.has_note) is type(line.reviewed) is bool


def test_more_lines_than_a_statement_takes_parameters(three):
    assert len(_lines(three, *range(50_000))) == 3


def test_tagging_answers_what_changed_so_that_it_can_be_undone(three):
    with three.writing() as transaction:
        assert exhibits.tag(transaction, [3, 1], 4, True) == (1, 3)
        assert exhibits.tag(transaction, [1, 2, 99], 4, True) == (2,)
        assert exhibits.tag(transaction, [2], 4, False) == (2,)
        assert exhibits.tag(transaction, [1, 2, 3], 5, False) == ()
    with three.reading() as session:
        assert [exhibits.tags_of(session, exhibit_id) for exhibit_id in (1, 2, 3, 99)] == [(4,), (), (4,), ()]
        stored = (
            session.connection().exec_driver_sql("SELECT exhibit_id, tag, made_by FROM exhibit_tag ORDER BY 1").all()
        )
    assert [tuple(row) for row in stored] == [(1, 4, "A. Moreau"), (3, 4, "A. Moreau")]


@pytest.mark.parametrize("tag", [-1, 10])
def test_there_are_ten_tags(three, tag):
    with pytest.raises(BadInput, match="0 to 9"), three.writing() as transaction:
        exhibits.tag(transaction, [1], tag, True)


def test_a_note_answers_what_it_replaces_and_an_empty_one_removes(three):
    with three.writing() as transaction:
        assert exhibits.set_note(transaction, 1, "First") == ""
        assert exhibits.set_note(transaction, 1, "Second") == "First"
    assert _get(three, 1).note == "Second"
    with three.reading() as session:
        assert exhibits.ids(session, ExhibitFilter(text="second")) == (1,)
        assert exhibits.ids(session, ExhibitFilter(text="first")) == ()
    with three.writing() as transaction:
        assert exhibits.set_note(transaction, 1, "") == "Second"
    assert _get(three, 1).note == ""
    assert not _lines(three, 1)[0].has_note


def test_a_note_on_an_unknown_exhibit_is_a_sentence(three):
    with pytest.raises(NotFound), three.writing() as transaction:
        exhibits.set_note(transaction, 99, "x")


def test_reviewing_answers_what_changed(three):
    with three.writing() as transaction:
        assert exhibits.set_reviewed(transaction, [1, 2], True) == (1, 2)
        assert exhibits.set_reviewed(transaction, [2, 3], True) == (3,)
        assert exhibits.set_reviewed(transaction, [1], False) == (1,)
    assert [line.reviewed for line in _lines(three, 1, 2, 3)] == [False, True, True]
    with three.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM review").scalar_one() == 2


def test_the_next_unreviewed_wraps_around_and_ends(three):
    def following(after, **how):
        with three.reading() as session:
            return exhibits.next_unreviewed(session, after, ExhibitFilter(), **how)

    assert [following(after) for after in (None, 1, 2, 3, 99)] == [1, 2, 3, 1, 1]
    assert following(2, descending=True) == 1
    with three.writing() as transaction:
        exhibits.set_reviewed(transaction, [2, 3], True)
    assert [following(after) for after in (1, 2, 3)] == [None, 1, 1]
    with three.writing() as transaction:
        exhibits.set_reviewed(transaction, [1], True)
    assert following(1) is None


def test_the_next_unreviewed_goes_on_from_an_exhibit_that_just_left_the_filter(three):
    wanted = ExhibitFilter(text="IMG_2")
    with three.reading() as session:
        assert exhibits.next_unreviewed(session, 1, wanted) == 3
        assert exhibits.next_unreviewed(session, 1, ExhibitFilter(text="nothing")) is None


def test_exhibits_without_a_finding_of_a_detector(three):
    with three.writing() as transaction:
        findings.add(transaction, finding_of(1))
    with three.reading() as session:
        assert exhibits.without_finding(session, "d" * 64) == (1, 3)
        assert exhibits.without_finding(session, "e" * 64) == (1, 2, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="a smoke test of the type is enough")
def test_an_image_larger_than_32_bits_of_pixels(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1, facts=facts_of(1 << 17, 1 << 17))
    assert _get(database, 1).facts.width == 1 << 17
