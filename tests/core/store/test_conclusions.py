"""Propositions and conclusions in the store: every one kept, signed, logged, and readable however hostile."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from core.errors import BadInput, NotFound
from core.reporting import Outcome, Role, same_name, standing
from core.store import audit, blindness, cases, conclusions, findings, opening, views
from core.store.conclusions import Statement, Wording
from core.store.connect import DATABASE
from tests.core.store.generated import add_exhibit, finding_of

WORDING = Wording("it was made by StyleGAN", "it was made otherwise", "photographs", "a seized phone", "StyleGAN")
STATEMENT = Statement(
    Role.EXAMINER,
    Outcome.SUPPORTS_FIRST,
    "I think so.",
    "One image.",
    "ENFSI 2015, version 1",
    "weak",
    None,
    None,
    None,
)
HOSTILE = "a\x00b\u202e\udce9 😀'; DROP TABLE conclusion; --"


@pytest.fixture
def case(database):
    with database.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
    return database


def propose(case, exhibit_id=1, *, by="A. Moreau", **changes):
    case.actor = by
    with case.writing() as transaction:
        return conclusions.propose(transaction, exhibit_id, replace(WORDING, **changes))


def conclude(case, exhibit_id=1, *, by="A. Moreau", **changes):
    case.actor = by
    with case.writing() as transaction:
        return conclusions.conclude(transaction, exhibit_id, replace(STATEMENT, **changes))


def turn_blind(case, *, on=True):
    with case.writing() as transaction:
        cases.update(transaction, replace(cases.get(transaction).details, blind=on))


def answer(case, number):
    with case.writing() as transaction:
        return findings.add(transaction, finding_of(number)).id


def test_everything_written_is_kept_and_read_back_whole(case):
    number = answer(case, 0)
    first = propose(case, first=HOSTILE, background=HOSTILE)
    second = propose(case, by="B. Later")
    made = conclude(case, opinion=HOSTILE, finding_id=number, propositions_id=second.id)
    again = conclude(case, outcome=Outcome.INCONCLUSIVE, agrees=False, role=Role.SECOND, by=HOSTILE)
    with case.reading() as session:
        assert conclusions.propositions_of(session, 1) == (second, first)
        assert conclusions.of(session, 1) == (again, made)
        assert conclusions.of(session, 2) == conclusions.propositions_of(session, 2) == ()
        assert conclusions.among_exhibits(session, (1, 2, 3)) == {1: (again, made)}
        assert conclusions.propositions_among(session, (3, 1)) == {1: (second, first)}
        told = audit.newest(session, limit=4)
    assert [entry.action for entry in told] == [*["conclusion.add"] * 2, *["propositions.add"] * 2]
    assert told[0].actor == again.author == HOSTILE
    assert told[1].payload["opinion"] == HOSTILE
    assert (told[1].payload["exhibit"], told[1].payload["propositions_id"]) == (1, second.id)
    assert told[3].payload["first"] == HOSTILE


def test_an_unknown_exhibit_is_refused_and_nothing_is_kept(case):
    for write in (propose, conclude):
        with pytest.raises(NotFound, match="exhibit 9"):
            write(case, 9)
    with case.reading() as session:
        assert "conclusion.add" not in {entry.action for entry in audit.newest(session)}


@pytest.mark.parametrize("table", ["propositions", "conclusion"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET exhibit_id = 2", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_remove_them(case, table, statement):
    propose(case)
    conclude(case)
    with pytest.raises(DBAPIError, match="never"), case.writing() as transaction:
        transaction.connection().exec_driver_sql(statement.format(table))


def test_what_another_program_made_up_is_said_to_be_damage(case):
    conclude(case)
    case.close()
    columns = "(9, 1, 'X', 'boss', 'guilty', '', '', '', '', NULL, NULL, NULL, '2026-11-21T10:00:00.000000Z')"
    named = "id, exhibit_id, author, role, outcome, opinion, limitations, scale, phrase, finding_id, agrees, "
    with closing(sqlite3.connect(case.folder / DATABASE)) as connection:
        connection.execute(f"INSERT INTO conclusion ({named} propositions_id, made_at) VALUES {columns}")
        connection.commit()
    with (
        closing(opening.open_case(case.folder, actor="A. Moreau")) as again,
        pytest.raises(BadInput, match="a conclusion cannot be read"),
        again.reading() as session,
    ):
        conclusions.of(session, 1)


def test_propositions_come_before_the_answer_only_when_it_was_not_there_or_always_hidden(case):
    assert propose(case, 1).before_answer  # nobody has looked yet
    answer(case, 0)
    assert not propose(case, 1).before_answer  # the case is not blind
    turn_blind(case)
    assert not propose(case, 1).before_answer  # it could be seen before the case became blind
    answer(case, 1)
    assert propose(case, 2).before_answer
    with case.writing() as transaction:
        views.add(transaction, 2, "real", "")
    assert not propose(case, 2).before_answer
    assert propose(case, 2, by="B. Later").before_answer


def test_the_log_of_a_blind_case_tells_a_second_examiner_nothing_that_knows_the_answer(case):
    turn_blind(case)
    answer(case, 0)
    propose(case, first="an unbiased one")
    with case.writing() as transaction:
        views.add(transaction, 1, "generated", "")
    propose(case, first="SECRET proposition")
    conclude(case, opinion="SECRET opinion")
    with case.reading() as session:
        entries = audit.newest(session, limit=4)
        for_the_second = blindness.concealed(session, entries, "B. Later")
        assert blindness.concealed(session, entries, "A. Moreau") == entries
    assert "SECRET" not in repr(for_the_second)
    assert "an unbiased one" in repr(for_the_second)


def test_the_newest_of_each_author_and_role_stands_whatever_the_spelling_of_a_name(case):
    conclude(case, opinion="old")
    mine = conclude(case, opinion="new", by="a.  moreau")
    other = conclude(case, role=Role.SECOND, agrees=True, by="B. Later")
    third = conclude(case, by="C. Third")
    with case.reading() as session:
        found = conclusions.of(session, 1)
    assert standing(found) == standing(tuple(reversed(found))) == (third, mine, other)
    assert same_name(" A.\u00a0Moreau ") == same_name("a. MOREAU")
