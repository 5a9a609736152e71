"""Findings come back exactly as they were made, and the newest one is what lists show."""

import dataclasses
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import CaseDetails, DetectorReference, ExhibitFilter, Finding, LikelihoodRatio, SortKey, Verdict
from core.errors import NotFound
from core.store import audit, exhibits, findings, opening
from tests.core.store.generated import DETECTOR, add_exhibit, finding_of, sha256_of

OTHER = DetectorReference("controlled", "2.1", "e" * 64)


@pytest.fixture
def three(database):
    with database.writing() as transaction:
        for number in range(3):
            add_exhibit(transaction, number)
    return database


def _add(database, *made):
    with database.writing() as transaction:
        return findings.add_all(transaction, made)


def _line(database, exhibit_id):
    with database.reading() as session:
        return exhibits.lines(session, (exhibit_id,))[0]


@pytest.mark.parametrize("verdict", Verdict)
def test_a_finding_comes_back_bit_for_bit(three, verdict):
    ratio = LikelihoodRatio(812.5, 1 / 3, 1e300, 5e-324, "another process of the relevant set")
    made = finding_of(1, verdict=verdict, score=1 / 3, likelihood_ratio=ratio, feature=bytes(range(256)) * 4)
    (added,) = _add(three, made)
    assert added == dataclasses.replace(made, id=1, exhibit_id=2)
    with three.reading() as session:
        assert findings.latest(session, 2) == added
        assert findings.all_of(session, 2) == (added,)
        assert findings.current_of(session, (1, 2, 3, 99)) == {2: added}


def test_what_may_be_missing_may_be_missing(three):
    made = finding_of(0, grid=None, feature=None, likelihood_ratio=None, conditions={})
    (added,) = _add(three, made)
    with three.reading() as session:
        assert findings.latest(session, 1) == added


def test_times_come_back_in_utc(three):
    moment = datetime(2026, 11, 21, 1, 2, 3, 456789, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))
    _add(three, finding_of(0, made_at=moment))
    with three.reading() as session:
        made_at = findings.latest(session, 1).made_at
    assert made_at == moment
    assert made_at.utcoffset() == timedelta(0)
    assert made_at.microsecond == 456789


def test_a_time_without_a_zone_is_a_mistake(three):
    with pytest.raises(Exception, match="time zone"):
        _add(three, finding_of(0, made_at=datetime(2026, 11, 21)))


def test_a_score_that_is_no_number_is_a_mistake(three):
    with pytest.raises(Exception, match="Out of range"):
        _add(three, finding_of(0, scores=(("real", float("nan")),)))


def test_the_newest_finding_is_the_current_one(three):
    _add(three, finding_of(1, architecture="SDXL", score=0.9))
    _add(three, finding_of(1, architecture="real", score=0.8, detector=OTHER, agreeing=3))
    line = _line(three, 2)
    assert (line.architecture, line.score, line.agreement) == ("real", 0.8, 3)
    _add(three, finding_of(1, verdict=Verdict.OUT_OF_SCOPE))
    line = _line(three, 2)
    assert (line.verdict, line.architecture, line.score, line.agreement) == (Verdict.OUT_OF_SCOPE, None, None, None)
    with three.reading() as session:
        assert findings.latest(session, 2, OTHER.digest).architecture == "real"
        assert findings.latest(session, 2).verdict is Verdict.OUT_OF_SCOPE
        assert findings.latest(session, 2, "f" * 64) is None
        assert findings.latest(session, 3) is None
        assert [finding.id for finding in findings.all_of(session, 2)] == [3, 2, 1]


def test_several_findings_on_one_exhibit_in_a_batch_end_with_the_last(three):
    _add(three, finding_of(0, architecture="SDXL"), finding_of(2), finding_of(0, architecture="real"))
    assert _line(three, 1).architecture == "real"


def test_a_batch_is_one_entry_that_names_every_finding(three):
    _add(three, finding_of(0, architecture="SDXL", score=0.75), finding_of(2, verdict=Verdict.OUT_OF_SCOPE))
    with three.reading() as session:
        entry = audit.newest(session)[0]
    assert entry.action == "finding.add"
    first, second = entry.payload["findings"]
    assert first == {
        "id": 1,
        "exhibit": 1,
        "sha256": sha256_of(0),
        "detector": "d" * 64,
        "verdict": "attributed",
        "architecture": "SDXL",
        "score": 0.75,
    }
    assert (second["verdict"], second["architecture"], second["score"]) == ("out of scope", None, None)


def test_a_finding_on_unknown_bytes_takes_the_whole_batch_back(three):
    with pytest.raises(NotFound, match=sha256_of(77)):
        _add(three, finding_of(0), finding_of(77))
    assert _line(three, 1).verdict is None


@settings(max_examples=25, deadline=None)
@given(
    score=st.floats(0, 1),
    verdict=st.sampled_from(Verdict),
    agreeing=st.integers(0, 16),
    conditions=st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text()), max_size=3),
    reason=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_finding_is_read_as_it_was_written(shared, score, verdict, agreeing, conditions, reason):
    made = finding_of(0, score=score, verdict=verdict, agreeing=agreeing, conditions=conditions, reason=reason)
    (added,) = _add(shared, made)
    assert isinstance(added, Finding)
    with shared.reading() as session:
        assert findings.latest(session, 1) == added
        assert exhibits.ids(session, ExhibitFilter(), SortKey.SCORE) == (1,)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = opening.create(tmp_path_factory.mktemp("shared") / "shared", CaseDetails("Shared"), "A. Moreau")
    with made.writing() as transaction:
        add_exhibit(transaction, 0)
    yield made
    made.close()


def _feature(value):
    return np.full(512, value, np.float16).tobytes()


def test_the_features_of_a_detector_are_read_in_one_pass(three, monkeypatch):
    _add(three, finding_of(0, feature=_feature(1)), finding_of(2, feature=_feature(2), verdict=Verdict.UNKNOWN))
    _add(three, finding_of(0, feature=_feature(3), verdict=Verdict.INCONCLUSIVE))
    _add(three, finding_of(1, feature=_feature(4), detector=OTHER))
    with three.reading() as session:
        asked = []
        run = session.run
        monkeypatch.setattr(session, "run", lambda *args: asked.append(1) or run(*args))
        kept = findings.features(session, DETECTOR.digest)
        assert asked == [1]
    assert kept.exhibit_ids == (1, 3)
    assert kept.verdicts == (Verdict.INCONCLUSIVE, Verdict.UNKNOWN)  # the newest finding of an exhibit counts
    assert kept.values[:, 0].tolist() == [3, 2]
    assert kept.values.shape == (2, 512)
    assert kept.others == (2,)


@pytest.mark.parametrize("feature", [None, b"", bytes(1023), bytes(2048)])
def test_features_of_another_length_are_not_taken_for_features(three, feature):
    _add(three, finding_of(0, feature=feature), finding_of(1, feature=_feature(1)))
    with three.reading() as session:
        kept = findings.features(session, DETECTOR.digest)
    assert kept.exhibit_ids == (2,)
    assert kept.others == (1, 3)


def test_a_case_without_findings_has_no_features(three):
    with three.reading() as session:
        kept = findings.features(session, DETECTOR.digest)
    assert kept.values.shape == (0, 512)
    assert kept.others == (1, 2, 3)
