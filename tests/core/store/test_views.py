"""Own views: kept for ever, signed, and honest about whether they were written blind."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from core.errors import BadInput, NotFound
from core.store import audit, blindness, cases, findings, opening, views
from core.store.connect import DATABASE
from tests.core.store.generated import add_exhibit, finding_of


@pytest.fixture
def case(database):
    with database.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
    return database


def write(case, exhibit_id, opinion="generated", text="", *, by="A. Moreau"):
    case.actor = by
    with case.writing() as transaction:
        return views.add(transaction, exhibit_id, opinion, text)


def turn_blind(case, *, on=True):
    with case.writing() as transaction:
        cases.update(transaction, replace(cases.get(transaction).details, blind=on))


def answer(case, number):
    with case.writing() as transaction:
        findings.add(transaction, finding_of(number))


def test_a_change_of_mind_is_another_view_and_all_are_kept(case):
    first = write(case, 1, "real", "The skin is fine.")
    second = write(case, 1, "generated", "The hands are odd.")
    other = write(case, 1, "undecided", by="B. Later")
    with case.reading() as session:
        assert views.of(session, 1) == (first, second, other)
        assert views.of(session, 2) == ()
        told = audit.newest(session, limit=3)
    assert [(entry.action, entry.actor) for entry in told] == [
        ("view.add", "B. Later"), ("view.add", "A. Moreau"), ("view.add", "A. Moreau"),
    ]  # fmt: skip
    assert told[1].payload["text"] == "The hands are odd."
    assert told[1].payload["opinion"] == "generated"


@pytest.mark.parametrize("text", ["", "x" * 20_000, "a\x00b\u202e\udce9 😀", "'; DROP TABLE examiner_view; --"])
def test_any_text_survives(case, text):
    written = write(case, 1, "real", text)
    with case.reading() as session:
        assert views.of(session, 1) == (written,)
        assert written.text == text


@pytest.mark.parametrize("opinion", ["", " ", "Real", "fake", "real\x00", "x" * 1000])
def test_other_opinions_are_refused_in_a_sentence(case, opinion):
    with pytest.raises(BadInput, match=r"real, generated or undecided\.$"):
        write(case, 1, opinion)
    with case.reading() as session:
        assert views.of(session, 1) == ()


def test_too_long_a_text_and_an_unknown_exhibit_are_refused(case):
    with pytest.raises(BadInput, match="20,001"):
        write(case, 1, text="x" * 20_001)
    with pytest.raises(NotFound, match="exhibit 9"):
        write(case, 9)


@pytest.mark.parametrize("statement", ["UPDATE examiner_view SET opinion = 'real'", "DELETE FROM examiner_view"])
def test_the_database_itself_refuses_to_change_or_remove_a_view(case, statement):
    write(case, 1)
    with case.writing() as transaction, pytest.raises(DBAPIError, match="never"):
        transaction.connection().exec_driver_sql(statement)


def test_a_view_made_up_by_another_program_is_said_to_be_damage_or_read(case):
    write(case, 1)
    case.close()
    with closing(sqlite3.connect(case.folder / DATABASE)) as connection:
        connection.execute("INSERT INTO examiner_view VALUES (9, 2, 'X', 'odd', 'y', 1, 'no time')")
        connection.commit()
    with closing(opening.open_case(case.folder, actor="A. Moreau")) as again, again.reading() as session:
        assert len(views.of(session, 1)) == 1
    with (
        closing(opening.open_case(case.folder, actor="A. Moreau")) as again,
        pytest.raises(BadInput, match="cannot be read"),
        again.reading() as session,
    ):
        views.of(session, 2)


def test_a_view_is_blind_only_when_the_answer_was_hidden_all_the_time(case):
    assert not write(case, 1).blind  # the case is not blind
    turn_blind(case)
    answer(case, 1)
    assert write(case, 2).blind
    assert write(case, 2, by="B. Later").blind
    assert not write(case, 2).blind  # the answer is visible since the first view
    turn_blind(case, on=False)
    assert not write(case, 3).blind


def test_an_answer_from_before_the_case_became_blind_may_have_been_seen(case):
    answer(case, 0)
    turn_blind(case)
    answer(case, 1)
    assert not write(case, 1).blind
    assert write(case, 2).blind
    assert write(case, 3).blind  # nobody has answered yet


def test_turning_blind_off_and_on_again_spoils_what_was_answered_before(case):
    turn_blind(case)
    answer(case, 0)
    turn_blind(case, on=False)
    turn_blind(case)
    assert not write(case, 1).blind


def test_turning_blind_off_is_in_the_log(case):
    turn_blind(case)
    turn_blind(case, on=False)
    with case.reading() as session:
        off, on = audit.newest(session, limit=2)
    assert (on.payload, off.payload) == ({"blind": {"from": False, "to": True}}, {"blind": {"from": True, "to": False}})


def test_only_who_has_no_own_view_is_kept_from_the_answer(case):
    turn_blind(case)
    write(case, 1, by="A. Moreau")
    write(case, 2, by="B. Later")
    with case.reading() as session:
        assert blindness.hidden_among(session, (1, 2, 3, 99), "A. Moreau") == {2, 3}
        assert blindness.hidden_among(session, (1, 2, 3), "B. Later") == {1, 3}
        assert blindness.hidden_among(session, (1, 2, 3), "a. moreau") == {1, 2, 3}
    turn_blind(case, on=False)
    with case.reading() as session:
        assert blindness.hidden_among(session, (1, 2, 3), "C. Nobody") == frozenset()
