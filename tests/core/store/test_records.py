"""What leaves the store is a frozen record or plain data, never a row."""

import dataclasses
from enum import Enum
from pathlib import Path

from core.domain import ExhibitFilter
from core.store import audit, cases, exhibits, findings, intake
from tests.core.store.generated import add_exhibit, finding_of, sha256_of

PLAIN = (str, bytes, int, float, bool, type(None), Path)


def _leaves(value):
    if dataclasses.is_dataclass(value):
        assert type(value).__dataclass_params__.frozen, type(value)
        for field in dataclasses.fields(value):
            yield from _leaves(getattr(value, field.name))
    elif isinstance(value, dict):
        for part in (*value.keys(), *value.values()):
            yield from _leaves(part)
    elif isinstance(value, (tuple, list)):
        assert type(value) in (tuple, list), type(value)
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def test_records_leave_the_store_and_rows_do_not(database):
    with database.writing() as transaction:
        add_exhibit(transaction, 1)
        added = findings.add(transaction, finding_of(1))
        batch = intake.begin(transaction, [intake.Dropped("/a.png")])
    with database.reading() as session:
        answers = [
            added,
            database.case,
            cases.counts(session),
            audit.entries(session),
            audit.newest(session),
            exhibits.get(session, 1),
            exhibits.by_sha256(session, sha256_of(1)),
            exhibits.lines(session, (1,)),
            exhibits.ids(session, ExhibitFilter()),
            exhibits.facets(session, ExhibitFilter()),
            exhibits.tags_of(session, 1),
            exhibits.without_finding(session, "x"),
            findings.latest(session, 1),
            findings.all_of(session, 1),
            findings.current_of(session, (1,)),
            intake.pending(session),
            intake.unfinished(session, batch),
            intake.report(session),
        ]
    leaves = list(_leaves(answers))
    assert len(leaves) > 200
    strangers = {type(leaf) for leaf in leaves if not isinstance(leaf, (*PLAIN, Enum))}
    assert {kind.__module__ for kind in strangers} <= {"datetime"}
