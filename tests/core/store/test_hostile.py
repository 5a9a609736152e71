"""A case whose schema is ours and whose values are not: a sentence each, never a crash."""

import sqlite3
from contextlib import closing

import pytest

from core.domain import ExhibitFilter
from core.errors import BadInput, CaseDamaged
from core.store import audit, blobs, cases, exhibits, findings, intake, opening

DEEP = "[" * 200_000
READINGS = {
    "case": cases.get,
    "exhibit": lambda session: exhibits.get(session, 2),
    "lines": lambda session: exhibits.lines(session, (1, 2, 3)),
    "finding": lambda session: findings.latest(session, 2),
    "findings": lambda session: findings.current_of(session, (1, 2, 3)),
    "log": audit.newest,
    "intake": intake.report,
}


@pytest.fixture
def hostile(closed_case):
    """Runs statements on the case and opens it; the triggers on findings and log are taken off meanwhile."""

    def change(*statements):
        with closing(sqlite3.connect(closed_case / "case.sqlite", isolation_level=None)) as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(*statement)
            for _, sql in triggers:
                connection.execute(sql)
        return closing(opening.open_case(closed_case, read_only=True, actor="A. Moreau"))

    return change


@pytest.mark.parametrize(
    ("reading", "statement"),
    [
        ("case", ("UPDATE \"case\" SET created_at = 'yesterday'",)),
        ("case", ("UPDATE \"case\" SET created_at = x'ff'",)),
        ("case", ("UPDATE \"case\" SET title = CAST(x'c3' AS TEXT)",)),
        ("case", ('DELETE FROM "case"',)),
        ("exhibit", ("UPDATE exhibit_facts SET facts = '{}'",)),
        ("exhibit", ("UPDATE exhibit_facts SET facts = '[1, 2'",)),
        ("exhibit", ("UPDATE exhibit_facts SET facts = ?", (DEEP,))),
        ("exhibit", ("UPDATE exhibit SET name = x'ffff'",)),
        ("exhibit", ("UPDATE occurrence SET path = x'ffff'",)),
        ("lines", ("UPDATE exhibit SET verdict = 'guilty'",)),
        ("finding", ("UPDATE finding SET verdict = 'guilty'",)),
        ("finding", ("UPDATE finding SET scores = '7'",)),
        ("finding", ("UPDATE finding SET grid = '{}'",)),
        ("finding", ('UPDATE finding SET grid = \'{"agreeing": 1, "tiles": [{"evil": 1}], "boxes": []}\'',)),
        ("findings", ("UPDATE finding SET likelihood_ratio = '{\"evil\": 1}'",)),
        ("findings", ("UPDATE finding SET conditions = ?", (DEEP,))),
        ("log", ("UPDATE audit SET payload = 'x'",)),
        ("log", ("UPDATE audit SET payload = ?", (DEEP,))),
        ("log", ("UPDATE audit SET at = ''",)),
    ],
)
def test_values_that_we_never_write_are_damage(hostile, reading, statement):
    with hostile(statement) as database, pytest.raises(CaseDamaged, match=r"cannot be read|does not say"):  # noqa: SIM117
        with database.reading() as session:
            READINGS[reading](session)


def test_an_intake_with_an_outcome_of_its_own_is_damage(hostile):
    batch = "INSERT INTO intake_batch VALUES (1, 'x', '2026-11-21T10:00:00.000000Z', NULL, NULL, 1, 1)"
    item = "INSERT INTO intake_item VALUES (1, 1, '/a', NULL, 'won', '', NULL, NULL)"
    with hostile((batch,), (item,)) as database, pytest.raises(CaseDamaged), database.reading() as session:
        intake.report(session)


def test_a_hash_that_is_a_path_never_becomes_one(hostile):
    statements = (("PRAGMA ignore_check_constraints = ON",), ("UPDATE exhibit SET sha256 = '../../x' WHERE id = 1",))
    with hostile(*statements) as database, database.reading() as session:
        sha256 = exhibits.get(session, 1).sha256
    with pytest.raises(BadInput, match="not a SHA-256"):
        blobs.evidence_path(database.folder, sha256)


def test_text_in_place_of_tags_is_damage(hostile):
    with hostile(("UPDATE exhibit SET tag_mask = 'many'",)) as database:
        with pytest.raises(CaseDamaged), database.reading() as session:
            exhibits.facets(session, ExhibitFilter())
        with pytest.raises(CaseDamaged), database.reading() as session:
            exhibits.lines(session, (1,))
