"""What is stated about a case, and its figures."""

import pytest

from core.domain import CaseDetails, IntakeOutcome, Verdict
from core.errors import BadInput
from core.store import audit, cases, exhibits, findings, intake
from tests.core.store.generated import add_exhibit, finding_of


def test_details_are_restated_and_the_log_keeps_what_was_stated(database, details):
    changed = CaseDetails("Found heiress", details.number, details.examiner, "", "She had gone to the sea.")
    with database.writing() as transaction:
        assert cases.update(transaction, changed).details == changed
    assert database.case.details == changed
    with database.reading() as session:
        payload = audit.newest(session)[0].payload
    assert payload["title"] == {"from": "Missing heiress", "to": "Found heiress"}
    assert set(payload) == {"title", "laboratory", "notes"}


def test_a_case_keeps_a_title(database, details):
    with pytest.raises(BadInput, match="title"), database.writing() as transaction:
        cases.update(transaction, CaseDetails(" \n"))
    assert database.case.details == details


def test_any_text_can_be_stated(database):
    stated = CaseDetails("'; DROP TABLE exhibit; -- \x00 \u202e 😀", notes="n" * 100_000)
    with database.writing() as transaction:
        cases.update(transaction, stated)
    assert database.case.details == stated


def test_a_lone_surrogate_in_a_statement_is_replaced(database):
    with database.writing() as transaction:
        cases.update(transaction, CaseDetails("caf\udce9"))
    assert database.case.details.title == "caf?"


def test_counts(database):
    with database.reading() as session:
        empty = cases.counts(session)
    assert (empty.exhibits, empty.evidence_bytes, empty.analysed, empty.reviewed, empty.refused) == (0, 0, 0, 0, 0)
    with database.writing() as transaction:
        for number in range(5):
            add_exhibit(transaction, number)
        findings.add_all(transaction, [finding_of(0), finding_of(1), finding_of(2, verdict=Verdict.INCONCLUSIVE)])
        exhibits.set_reviewed(transaction, [1, 2, 3], True)
        batch = intake.begin(transaction, [intake.Dropped(f"/{number}") for number in range(4)])
        outcomes = (IntakeOutcome.DAMAGED, IntakeOutcome.TAKEN, IntakeOutcome.EMPTY)
        for item, outcome in zip(intake.unfinished(transaction, batch), outcomes, strict=False):
            intake.finish_item(transaction, item.id, outcome)
    with database.reading() as session:
        counts = cases.counts(session)
    assert (counts.exhibits, counts.analysed, counts.reviewed, counts.refused) == (5, 3, 3, 2)
    assert counts.evidence_bytes == 5 * 500_000 + 10
    assert counts.verdicts == {"attributed": 2, "inconclusive": 1, "unknown architecture": 0, "out of scope": 0}
