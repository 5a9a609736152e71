"""The detector reads the image again after every step, and its scope is asked again too."""

import dataclasses

import numpy as np
import pytest

from core.dna import robustness
from core.dna.attribute import Attributor, verdict_of
from core.dna.detector import load_detector
from core.dna.device import cpu
from core.dna.processing import JPEG_LARGEST_SIDE, STANDARD, processed, steps_of
from core.dna.robustness import read_steps
from core.dna.scope import Scope
from core.domain import Verdict
from core.errors import BadInput
from tests.conftest import picture

SEED = 7


@pytest.fixture(scope="module")
def detector(tiny_detector):
    return load_detector(tiny_detector)


def test_each_row_is_what_the_detector_says_of_the_processed_image(detector):
    attributor, image = Attributor(detector, cpu(), exact=True), picture(3, 200, 180)
    steps = (STANDARD[3], STANDARD[5], STANDARD[14], *steps_of("dnadet2021", SEED)[-2:])  # more than one batch
    rows = list(read_steps(attributor, image, steps, SEED, "bilinear"))
    for step, row in zip(steps, rows, strict=True):
        reading = next(iter(attributor.read([processed(image, step, SEED)])))
        verdict, _, top = verdict_of(reading, detector)
        assert (row.curve, row.level, row.text, row.verdict, row.top) == (
            step.curve,
            step.level,
            step.text,
            verdict,
            top,
        )
        assert row.score == pytest.approx(float(reading.scores[detector.classes.index("bilinear")]), abs=1e-5)
        assert row.top_score == pytest.approx(float(reading.scores.max()), abs=1e-5)
    assert len({row.score for row in rows}) == len(rows)  # every step was another image


def test_what_becomes_too_small_leaves_the_scope(detector):
    image = picture(3, 100, 90)  # the detector needs 64
    kept, lost = read_steps(Attributor(detector, cpu()), image, STANDARD[4:6], SEED, "real")
    assert kept.verdict is not Verdict.OUT_OF_SCOPE
    assert (lost.verdict, lost.score, lost.top, lost.top_score) == (Verdict.OUT_OF_SCOPE, 0.0, None, 0.0)


def test_the_quality_that_a_step_saves_at_counts_for_the_scope(detector):
    strict = dataclasses.replace(detector, scope=Scope(64, 2.0, jpeg_quality_low=85))
    rows = list(read_steps(Attributor(strict, cpu()), picture(3), (*STANDARD[:4], STANDARD[17]), SEED, "real"))
    assert [row.verdict is Verdict.OUT_OF_SCOPE for row in rows] == [False, False, True, True, False]
    assert rows[-1].text.endswith("JPEG 90")


def test_what_no_jpeg_holds_leaves_the_scope(detector, monkeypatch):
    loose = dataclasses.replace(detector, scope=Scope(1, 0.0))
    wide = np.resize(picture(3), (1, JPEG_LARGEST_SIDE + 1, 3)).astype(np.uint8)
    rows = list(read_steps(Attributor(loose, cpu()), wide, (STANDARD[0], STANDARD[9]), SEED, "real"))
    assert [row.verdict is Verdict.OUT_OF_SCOPE for row in rows] == [True, False]


def test_a_class_of_another_detector_is_refused_before_anything_is_read(detector, monkeypatch):
    monkeypatch.setattr(robustness, "processed", lambda *_: pytest.fail("the image was processed"))
    with pytest.raises(BadInput, match="'ProGAN', which the detector does not know"):
        list(read_steps(Attributor(detector, cpu()), picture(3), STANDARD, SEED, "ProGAN"))
