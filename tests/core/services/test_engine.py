"""Findings as the analysis process makes them from stored evidence."""

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image

from core.dna.detector import load_detector, write_detector
from core.dna.encoder import Net
from core.dna.likelihood import ratio
from core.dna.open_set import OpenSet
from core.domain import Verdict
from core.services.engine import Task, attribute
from tests.conftest import CLASSES, picture, plain_card

LIMIT = 10_000_000
ROW = {"slope": 1.0, "intercept": 0.5, "ceiling": 6.0, "floor": 0.2, "bootstrap": [[0.5, 0.5, 5.0, 0.2]] * 20}
VALIDATED = {"against": "another of the processes", "classes": dict.fromkeys(CLASSES, ROW)}


def detector_at(path, **parts):
    torch.manual_seed(3)
    net = Net(len(CLASSES))
    net.classification_head[1].bias.data[1] = 2.0  # every picture is "nearest"
    card = plain_card(schema=2, calibration={"net": 1.0}, likelihood_ratio=VALIDATED, **parts)
    write_detector(path, net, card, open_set=OpenSet("energy"))
    return path


@pytest.fixture
def task(tmp_path):
    file = tmp_path / "evidence"
    Image.fromarray(picture(1)).save(file, "JPEG", quality=70)
    return Task(hashlib.sha256(file.read_bytes()).hexdigest(), file)


def finding_of(path, task):
    return attribute(path, "cpu", [task], LIMIT).findings[0]


def test_a_finding_carries_the_ratio_of_its_architecture(tmp_path, task):
    path = detector_at(tmp_path / "a.safetensors", threshold={"value": 0.5, "accusing": 0.6})
    made = finding_of(path, task)
    assert (made.verdict, made.architecture, made.threshold) == (Verdict.ATTRIBUTED, "nearest", 0.6)
    logits = np.log([dict(made.scores)[name] for name in CLASSES])
    expected = ratio(VALIDATED, logits, load_detector(path).classes, "nearest")
    given = made.likelihood_ratio
    assert (given.value, given.low, given.high) == pytest.approx(
        (expected.value, expected.low, expected.high), rel=1e-3
    )
    assert (given.ceiling, given.against) == (6.0, "another of the processes")


def test_an_unknown_architecture_has_no_ratio(tmp_path, task):
    made = finding_of(detector_at(tmp_path / "b.safetensors", open_set={"method": "energy", "threshold": -99}), task)
    assert made.verdict is Verdict.UNKNOWN
    assert made.likelihood_ratio is None
    assert made.scores


def test_a_class_without_validation_has_no_ratio(tmp_path, task):
    missing = {"against": "another", "classes": {"nearest": {"why_not": "Too few sources."}, "real": ROW}}
    path = tmp_path / "c.safetensors"
    torch.manual_seed(3)
    net = Net(len(CLASSES))
    net.classification_head[1].bias.data[1] = 2.0
    write_detector(path, net, plain_card(schema=2, calibration={"net": 1.0}, likelihood_ratio=missing))
    assert finding_of(path, task).likelihood_ratio is None


def test_evidence_compressed_more_than_the_detector_has_seen_is_out_of_scope(tmp_path, task):
    scope = {"smallest_side": 64, "flat_deviation": 2.0, "jpeg_quality_low": 71}
    made = finding_of(detector_at(tmp_path / "d.safetensors", scope=scope), task)
    assert (made.verdict, made.likelihood_ratio, made.architecture) == (Verdict.OUT_OF_SCOPE, None, None)
    assert "JPEG of quality 70" in made.reason
    scope["jpeg_quality_low"] = 70
    assert finding_of(detector_at(tmp_path / "e.safetensors", scope=scope), task).verdict is not Verdict.OUT_OF_SCOPE
