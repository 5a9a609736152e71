"""Robustness checks come back exactly as they were made, and only as we write them."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain import DetectorReference, Verdict
from core.errors import CaseDamaged, NotFound
from core.examine import Robustness, RobustnessStep
from core.store import audit, findings, opening, robustness
from tests.core.store.generated import DETECTOR, add_exhibit, finding_of, sha256_of

OTHER = DetectorReference("controlled", "2.1", "e" * 64)
STEPS = (
    RobustnessStep("JPEG", 95, "JPEG quality 95", Verdict.ATTRIBUTED, 1 / 3, "StyleGAN", 1 / 3),
    RobustnessStep("Light", -0.5, "light 0.5 stops darker", Verdict.OUT_OF_SCOPE, 0.0, None, 0.0),
)


def check_of(number, **changes):
    made = Robustness(
        exhibit_sha256=sha256_of(number),
        detector=DETECTOR,
        finding_id=None,
        preset="standard",
        architecture="StyleGAN",
        verdict=Verdict.ATTRIBUTED,
        score=0.9,
        steps=STEPS,
        made_at=datetime.now(UTC),
        device="CPU",
        seed=2**48 - 1,
    )
    return replace(made, **changes)


@pytest.fixture
def three(database):
    with database.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
        findings.add_all(transaction, [finding_of(0), finding_of(1), finding_of(2, verdict=Verdict.OUT_OF_SCOPE)])
    return database


def add(database, made):
    with database.writing() as transaction:
        robustness.add(transaction, made)


def test_a_check_comes_back_bit_for_bit_with_its_finding(three):
    made = check_of(1, finding_id=2, score=1 / 3)
    add(three, made)
    with three.reading() as session:
        assert robustness.latest(session, 2) == made
        assert robustness.all_of(session, 2) == (made,)
        assert robustness.latest(session, 1) is None
        entry = audit.newest(session)[0]
    assert entry.action == "robustness.add"
    assert entry.payload == {
        "id": 1,
        "exhibit": 2,
        "sha256": sha256_of(1),
        "finding": 2,
        "detector": "d" * 64,
        "preset": "standard",
        "steps": 2,
    }


def test_the_newest_of_a_detector_and_a_preset_is_found(three):
    for changes in ({"preset": "yu2019"}, {"detector": OTHER}, {"score": 0.8}):
        add(three, check_of(0, **changes))
    with three.reading() as session:
        assert robustness.latest(session, 1).score == 0.8
        assert robustness.latest(session, 1, DETECTOR.digest, "yu2019").preset == "yu2019"
        assert robustness.latest(session, 1, OTHER.digest).detector == OTHER
        assert robustness.latest(session, 1, OTHER.digest, "yu2019") is None
        assert [made.score for made in robustness.all_of(session, 1)] == [0.8, 0.9, 0.9]


def test_what_is_still_to_be_checked(three):
    def missing(digest=DETECTOR.digest, preset="standard"):
        with three.reading() as session:
            return robustness.missing(session, digest, preset)

    assert missing() == (1, 2)  # the third is out of scope
    add(three, check_of(0))
    assert missing() == (2,)
    assert missing(preset="yu2019") == (1, 2)
    assert missing(OTHER.digest) == ()
    with three.writing() as transaction:
        findings.add_all(transaction, [finding_of(0, detector=OTHER), finding_of(0)])
    assert missing(OTHER.digest) == (1,)
    assert missing() == (2,)


def test_a_check_of_unknown_bytes_or_an_unknown_finding_is_refused(three):
    with pytest.raises(NotFound, match=sha256_of(77)):
        add(three, check_of(77))
    with pytest.raises(Exception, match="FOREIGN KEY"):
        add(three, check_of(0, finding_id=99))
    with three.reading() as session:
        assert robustness.all_of(session, 1) == ()
        assert audit.newest(session)[0].action == "finding.add"


def test_a_check_is_never_changed_or_removed(three):
    add(three, check_of(0))
    for statement in ("UPDATE robustness SET score = 1", "DELETE FROM robustness"):
        with pytest.raises(Exception, match="a robustness check is never"), three.writing() as transaction:
            transaction.connection().exec_driver_sql(statement)
    with three.reading() as session:
        assert robustness.latest(session, 1).score == 0.9


def without(name):
    return json.dumps([{key: value for key, value in plain().items() if key != name}])


def plain(**changes):
    step = {
        "curve": "JPEG", "level": 95, "text": "JPEG quality 95", "verdict": "attributed", "score": 0.5, "top": "real",
        "top_score": 0.5,
    }  # fmt: skip
    return {**step, **changes}


@pytest.mark.parametrize(
    "steps",
    [
        "7",
        "{}",
        "[7]",
        "[[]]",
        "[1, 2",
        "[" * 200_000,
        without("text"),
        without("verdict"),
        json.dumps([plain(evil=1)]),
        json.dumps([plain(verdict="guilty")]),
        json.dumps([plain(text=None)]),
        json.dumps([plain(curve=["JPEG"])]),
        json.dumps([plain(top=7)]),
        json.dumps([plain(score="high")]),
        json.dumps([plain(level=True)]),
        json.dumps([plain(top_score=float("nan"))]),
        json.dumps([plain(level=float("inf"))]),
    ],
)
def test_steps_that_we_never_write_are_damage(three, steps):
    add(three, check_of(0))
    three.close()
    rewrite(three.folder, "steps", json.dumps([plain()]))
    assert read_again(three.folder).steps[0].text == "JPEG quality 95"  # what only looks like ours is read
    rewrite(three.folder, "steps", steps)
    with pytest.raises(CaseDamaged, match="cannot be read"):
        read_again(three.folder)


@pytest.mark.parametrize(("column", "value"), [("verdict", "guilty"), ("score", "high"), ("made_at", "yesterday")])
def test_a_check_that_we_never_write_is_damage(three, column, value):
    add(three, check_of(0))
    three.close()
    rewrite(three.folder, column, value)
    with pytest.raises(CaseDamaged, match="cannot be read"):
        read_again(three.folder)


def rewrite(folder, column, value):
    """Change a column behind the program's back; the trigger is taken off meanwhile."""
    with closing(sqlite3.connect(folder / "case.sqlite", isolation_level=None)) as connection:
        (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'robustness_not_changed'").fetchone()
        connection.execute("DROP TRIGGER robustness_not_changed")
        connection.execute(f"UPDATE robustness SET {column} = ?", (value,))
        connection.execute(sql)


def read_again(folder):
    database = opening.open_case(folder, read_only=True, actor="A. Moreau")
    with closing(database), database.reading() as session:
        return robustness.latest(session, 1)
