"""What the shipped detector remembers stands for its images: its own figures come out again without one of them."""

from pathlib import Path

import numpy as np
import pytest

from core.dna.card import read_header
from core.dna.evaluate import figures
from core.dna.rehearsal import read_rehearsal
from core.retraining import Side
from core.services.rehearsed import classes_missing, judged_rows

FIELD = Path(__file__).resolve().parents[3] / "resources" / "detectors" / "field.safetensors"


@pytest.fixture(scope="module")
def remembered():
    return read_rehearsal(FIELD)


def test_the_figures_on_its_card_come_out_of_what_it_remembers(remembered):
    header = read_header(FIELD)
    (stated,) = [row for row in header.card["measured"] if row["set"] == remembered.made["test"]]
    assert remembered.made["test_digest"] == stated["data_digest"]
    found = figures(judged_rows(FIELD, remembered, Side.TEST), header.classes)
    for key in ("n", "accuracy", "macro_f1", "verdicts", "confusion", "per_source"):
        assert found[key] == stated[key], key
    for key in ("false_accusation", "conclusive"):
        assert {**found[key], "ci": list(found[key]["ci"])} == stated[key], key
    for key in ("oscr", "auroc_unknown", "ece", "cllr"):
        assert found[key] == pytest.approx(stated[key], abs=2e-3), key  # rows are kept in half precision


def test_every_class_can_be_rehearsed_and_no_test_image_is_learned_from(remembered):
    assert classes_missing(remembered, read_header(FIELD).classes) == ()
    by_side = {side: {image.sha256 for image in remembered.images if image.side is side} for side in Side}
    assert not by_side[Side.TEST] & (by_side[Side.TRAINING] | by_side[Side.HELD_OUT])
    assert not by_side[Side.TRAINING] & by_side[Side.HELD_OUT]
    sources = {side: {f"{one.label}/{one.source}" for one in remembered.images if one.side is side} for side in Side}
    assert not sources[Side.TEST] & (sources[Side.TRAINING] | sources[Side.HELD_OUT])


def test_features_are_no_pictures(remembered):
    assert remembered.features.shape[1] + remembered.peaks.shape[1] == 512 + 6336
    assert np.isfinite(remembered.features).all()
