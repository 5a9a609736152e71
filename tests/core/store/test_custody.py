"""Custody events: kept as stated, with their time zone; corrected by another event and never changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.custody import CustodyForm, CustodyKind, doubts, lacks_taker, time_text
from core.errors import BadInput, NotFound
from core.store import audit, custody
from tests.core.store.generated import add_exhibit

PARIS = timezone(timedelta(hours=1))
KATHMANDU = timezone(timedelta(hours=5, minutes=45))
FORM = CustodyForm(
    CustodyKind.RECEIVED,
    datetime(2026, 11, 20, 9, 30, tzinfo=PARIS),
    "Inspector K. Brandt",
    "A. Moreau",
    "2026/17-A3",
    "B 4471, unbroken",
    "Reception",
    "One phone in a bag.",
)


@pytest.fixture
def case(database):
    with database.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
    return database


def add(case, form=FORM, ids=None, corrects=None):
    with case.writing() as transaction:
        return custody.add(transaction, form, ids, corrects)


def test_an_event_is_read_as_it_was_stated_with_its_time_zone(case):
    made = add(case, ids=(3, 1, 1))
    assert (made.form, made.exhibit_ids, made.made_by, made.corrects) == (FORM, (1, 3), "A. Moreau", None)
    assert (datetime.now(UTC) - made.made_at).total_seconds() < 60
    with case.reading() as session:
        assert custody.all_of(session) == (made,)
        assert custody.of(session, 3) == (made,)
        assert custody.of(session, 2) == ()
        (read,), (entry,) = custody.all_of(session), audit.newest(session, limit=1)
    assert read.form.at.utcoffset() == timedelta(hours=1)
    assert entry.action == "custody.add"
    assert entry.payload["at"] == "2026-11-20T09:30:00+01:00"
    assert entry.payload["exhibits"] == [1, 3]
    assert entry.payload["seal"] == "B 4471, unbroken"


def test_without_a_list_it_is_about_all_exhibits_of_the_moment(case):
    assert add(case).exhibit_ids == (1, 2, 3)


def test_before_the_first_intake_it_is_about_the_whole_case(database):
    made = add(database)
    assert made.exhibit_ids == ()
    with database.writing() as transaction:
        add_exhibit(transaction, 1)
    later = add(database, replace(FORM, item="A4"))
    with database.reading() as session:
        assert custody.of(session, 1) == (made, later)


def test_events_stand_in_the_order_in_which_they_happened_across_time_zones(case):
    late = add(case, replace(FORM, at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC)))
    early = add(case, replace(FORM, at=datetime(2026, 11, 20, 14, 30, tzinfo=KATHMANDU)))  # 08:45 UTC
    with case.reading() as session:
        assert custody.all_of(session) == (early, late)


def test_a_correction_is_another_event_and_the_first_one_stays(case):
    wrong = add(case, ids=(1,))
    right = add(case, replace(FORM, seal="B 4472, unbroken"), (1,), wrong.id)
    assert right.corrects == wrong.id
    with case.reading() as session:
        assert custody.of(session, 1) == (wrong, right)
    with pytest.raises(NotFound, match="no custody event 77"):
        add(case, corrects=77)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (CustodyForm(CustodyKind.RECEIVED, FORM.at), "is blank"),
        (CustodyForm(CustodyKind.REMARK, FORM.at, remarks=" \n\t "), "is blank"),
        (replace(FORM, at=datetime(2026, 11, 20, 9)), "no time zone"),
        (replace(FORM, from_party="x" * 20_001), "“received from” has at most 20,000 characters, not 20,001"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(case, form, why):
    with pytest.raises(BadInput, match=why):
        add(case, form)
    with case.reading() as session:
        assert custody.all_of(session) == ()


def test_unknown_exhibits_and_empty_lists_are_refused(case):
    with pytest.raises(NotFound, match="no exhibit 9"):
        add(case, ids=(1, 9))
    with pytest.raises(BadInput, match="about no exhibit"):
        add(case, ids=())


def test_hostile_text_is_kept_as_it_is(case):
    nasty = "=cmd()\u202e\ud800<b>#set page()</b>\x07"
    made = add(case, replace(FORM, from_party=nasty, remarks="🜲 " + "a" * 4000))
    with case.reading() as session:
        assert custody.all_of(session)[0].form == made.form
        assert custody.all_of(session)[0].form.from_party == nasty


def test_no_event_is_changed_or_removed(case):
    add(case)
    for statement in (
        "UPDATE custody_event SET seal = 'other'",
        "DELETE FROM custody_event_exhibit",
        "DELETE FROM custody_event",
    ):
        with pytest.raises(DBAPIError, match="never"), case.writing() as transaction:
            transaction.execute(text(statement))


def test_odd_times_are_questioned_and_plain_ones_are_not():
    now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert doubts(FORM, now) == ()
    assert doubts(replace(FORM, at=now + timedelta(seconds=90)), now) == ()
    (old,) = doubts(replace(FORM, at=datetime(1926, 11, 20, tzinfo=UTC)), now)
    assert "before 1970" in old
    assert "1926" in old
    (coming,) = doubts(replace(FORM, at=datetime(2026, 11, 21, 12, 0, tzinfo=PARIS)), now)
    assert "2026-11-21 12:00 UTC+01:00" in coming
    assert "2026-11-21 11:00 UTC+01:00 now" in coming


@pytest.mark.parametrize("kind", CustodyKind)
def test_items_that_nobody_took_are_questioned(kind):
    form = replace(FORM, kind=kind, to_party=" ")
    asked = bool(doubts(form, FORM.at))
    assert asked == lacks_taker(form) == (kind in (CustodyKind.RECEIVED, CustodyKind.TRANSFERRED))
    assert doubts(CustodyForm(kind, FORM.at), FORM.at) == (), "a blank form is refused for what it is"


def test_a_time_is_told_with_its_offset():
    assert time_text(FORM.at) == "2026-11-20 09:30 UTC+01:00"
    assert time_text(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)) == "2026-01-02 03:04 UTC"
    assert time_text(datetime(2026, 1, 2, 3, 4, tzinfo=KATHMANDU)) == "2026-01-02 03:04 UTC+05:45"
