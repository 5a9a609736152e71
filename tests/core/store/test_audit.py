"""The log: appended to in order, never changed, written by the store itself, in one canonical form."""

import inspect
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from core.domain import CaseDetails, IntakeOutcome, Verdict
from core.store import audit, cases, exhibits, findings, intake
from core.store.session import Transaction
from tests.core.store.generated import add_exhibit, finding_of, sha256_of

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(), part, max_size=4),
    max_leaves=12,
)


def _log(database):
    with database.reading() as session:
        return audit.entries(session)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'Eve'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE sequence = 1",
        "INSERT OR REPLACE INTO audit VALUES (1, '', 'Eve', 'x', '{}')",
        "INSERT INTO audit VALUES (7, '', 'Eve', 'x', '{}')",
        "INSERT INTO audit VALUES (0, '', 'Eve', 'x', '{}')",
        "INSERT INTO audit (at, actor, action, payload) VALUES ('', 'Eve', 'x', '{}')",
        "UPDATE finding SET verdict = 'inconclusive'",
        "DELETE FROM finding",
        "INSERT OR REPLACE INTO finding SELECT * FROM finding",
    ],
)
def test_the_triggers_keep_the_log_and_the_findings_as_they_are(database, statement):
    with database.writing() as transaction:
        add_exhibit(transaction, 1)
        findings.add(transaction, finding_of(1))
    before = _log(database)
    with pytest.raises(IntegrityError, match=r"append|never|UNIQUE"), database.writing() as transaction:
        transaction.connection().exec_driver_sql(statement)
    assert _log(database) == before


def test_an_entry_says_when_who_what_and_on_what(database):
    before = datetime.now(UTC)
    with database.writing() as transaction:
        entry = audit.append(transaction, "report.export", {"format": "pdf", "pages": 3})
    assert entry == _log(database)[-1]
    assert entry.sequence == len(_log(database))
    assert before <= entry.at <= datetime.now(UTC)
    assert (entry.actor, entry.action, entry.payload) == ("A. Moreau", "report.export", {"format": "pdf", "pages": 3})


def test_the_log_is_read_in_windows_from_either_end(database):
    with database.writing() as transaction:
        for number in range(10):
            audit.append(transaction, "count", {"number": number})
    with database.reading() as session:
        numbers = [entry.sequence for entry in audit.entries(session, after=4, limit=3)]
        newest = [entry.payload["number"] for entry in audit.newest(session, limit=3)]
    assert numbers == [5, 6, 7]
    assert newest == [9, 8, 7]


def test_the_canonical_form_is_sorted_tight_and_in_utc():
    moment = datetime(2026, 11, 21, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    payload = {"b": (1, 2.5), "a": "é\n", "when": moment, "said": Verdict.UNKNOWN, "i": Path("x"), "of": {2, 1}}
    assert audit.canonical(payload) == (
        '{"a":"é\\n","b":[1,2.5],"i":"x","of":[1,2],"said":"unknown architecture","when":"2026-11-21T10:30:00.000000Z"}'
    )


@given(st.dictionaries(st.text(), PLAIN))
def test_the_canonical_form_is_one_form_and_loses_nothing(payload):
    text = audit.canonical(payload)
    assert json.loads(text) == payload
    assert audit.canonical(dict(reversed(payload.items()))) == text
    assert text.encode("utf-8").decode("utf-8") == text


def test_a_name_that_is_not_unicode_survives_the_canonical_form():
    text = audit.canonical({"path": "caf\udce9"})
    assert text == '{"path":"caf\\udce9"}'
    assert json.loads(text) == {"path": "caf\udce9"}


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"a": object()}, TypeError),
        ({1: "a"}, TypeError),
        ({"a": b"bytes"}, TypeError),
        ({"a": float("nan")}, ValueError),
        ({"a": float("inf")}, ValueError),
        ({"a": datetime(2026, 1, 1)}, ValueError),
    ],
)
def test_what_has_no_canonical_form_is_a_mistake(payload, error):
    with pytest.raises(error):
        audit.canonical(payload)


def _one_of_each(transaction):
    """Calls every function of the store that writes, and yields its name."""
    cases.update(transaction, CaseDetails("Another title"))
    yield "update"
    exhibit_id = add_exhibit(transaction, 50).exhibit_id
    yield "add"
    add_exhibit(transaction, 50, path="/elsewhere/IMG_50.jpg")
    yield "add"
    exhibits.tag(transaction, [exhibit_id], 3, True)
    yield "tag"
    exhibits.set_note(transaction, exhibit_id, "Odd hands.")
    yield "set_note"
    exhibits.set_reviewed(transaction, [exhibit_id], True)
    yield "set_reviewed"
    findings.add(transaction, finding_of(50))
    yield "add"
    findings.add_all(transaction, [finding_of(50), finding_of(50)])
    yield "add_all"
    batch = intake.begin(transaction, [intake.Dropped("/a.png")])
    yield "begin"
    intake.extend(transaction, batch, [intake.Dropped("/b.zip", "c.png"), intake.Dropped("/d.png")])
    yield "extend"
    first, second, _ = intake.unfinished(transaction, batch)
    intake.finish_item(transaction, first.id, IntakeOutcome.DAMAGED, reason="Cut off.")
    yield "finish_item"
    intake.finish_item(transaction, second.id, IntakeOutcome.TAKEN, sha256=sha256_of(50), exhibit_id=exhibit_id)
    intake.discard(transaction, batch)
    yield "discard"


def test_every_function_that_writes_writes_one_entry(database):
    called = set()
    with database.writing() as transaction:
        count = len(audit.entries(transaction))
        for name in _one_of_each(transaction):
            called.add(name)
            assert len(audit.entries(transaction)) == (count := count + 1), name
    writers = {
        name
        for module in (exhibits, findings, intake)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__ and _writes(function)
    }
    assert writers | {"update"} == called
    assert [entry.action for entry in _log(database)[1:]] == [
        "case.update",
        "exhibit.take",
        "exhibit.occurrence",
        "tag",
        "note",
        "review",
        "finding.add",
        "finding.add",
        "intake.begin",
        "intake.extend",
        "intake.refuse",
        "intake.discard",
    ]


def _writes(function):
    first = next(iter(inspect.signature(function, eval_str=True).parameters.values()), None)
    return first is not None and first.annotation is Transaction


def test_an_act_that_changes_nothing_leaves_no_entry(database):
    with database.writing() as transaction:
        exhibit_id = add_exhibit(transaction, 1).exhibit_id
        before = len(audit.entries(transaction))
        assert exhibits.tag(transaction, [exhibit_id, 99], 3, False) == ()
        assert exhibits.set_reviewed(transaction, [exhibit_id], False) == ()
        assert exhibits.set_note(transaction, exhibit_id, "") == ""
        assert findings.add_all(transaction, []) == ()
        add_exhibit(transaction, 1)
        cases.update(transaction, cases.get(transaction).details)
        assert len(audit.entries(transaction)) == before
