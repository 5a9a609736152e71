"""What each voice of a detector says alone, and both together, on images its training has not seen.

Run by command: VOICES_DATA="field lab-photographs" python -m pytest -m slow tests/bench/test_voices.py -s, with the
data folders the detector was trained with; only what was held out of the training is read.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from core.dna.attribute import Attributor
from core.dna.calibrate import even_weights, fit
from core.dna.card import read_header
from core.dna.dataset import REAL, list_data, load_pictures, split
from core.dna.detector import load_detector
from core.dna.device import cpu
from core.paths import resources

LIMITS = (0.005, 0.01, 0.02)


def spoken(net, spectrum, labels, sources):
    """Calibrated scores of one voice (spectrum None) or of both."""
    return softmax(fit(net, spectrum, labels, sources).combined(net, spectrum), 1)


def smallest_threshold(scores, labels, real, limit):
    """The lowest top score at which at most this share of the photographs is called generated."""
    accusing = np.sort(scores.max(1)[(labels == real) & (scores.argmax(1) != real)])[::-1]
    allowed = int(limit * (labels == real).sum())
    return 0.0 if len(accusing) <= allowed else float(np.nextafter(accusing[allowed], 2.0))


@pytest.mark.slow
def test_the_voices_alone_and_together():
    folders = os.environ.get("VOICES_DATA", "").split()
    if not folders:
        pytest.skip("VOICES_DATA names no data folders")
    path = Path(os.environ.get("VOICES_DETECTOR", str(resources() / "detectors" / "field.safetensors")))
    detector, trained = load_detector(path), read_header(path).card["trained"]
    assert detector.spectrum is not None
    _, items = split(list_data([Path(folder) for folder in folders]), trained["held_out_sources"], 0.15)
    pictures = load_pictures(items, lambda path, why: pytest.fail(f"{path}: {why}"), lambda: None)
    attributor = Attributor(detector, cpu(), exact=True)
    pairs = [(p, r) for p in pictures for r in attributor.read([p.pixels]) if not r.out_of_scope]
    voices = np.stack([reading.voices for _, reading in pairs]).astype(np.float64)
    labels = np.array([detector.classes.index(p.item.architecture) for p, _ in pairs])
    sources = [f"{p.item.architecture}/{p.item.source}" for p, _ in pairs]
    real, weights = detector.classes.index(REAL), even_weights(labels, sources)
    print(f"\n{len(labels)} held-out images, {(labels == real).sum()} photographs")  # noqa: T201
    for name, net, spectrum in (
        ("network", voices[:, 0], None),
        ("spectrum", voices[:, 1], None),
        ("both", voices[:, 0], voices[:, 1]),
    ):
        scores = spoken(net, spectrum, labels, sources)
        right = scores.argmax(1) == labels
        print(f"{name}: top class right {float((right * weights).sum()):.3f}, every source alike")  # noqa: T201
        for limit in LIMITS:
            said = scores.max(1) >= smallest_threshold(scores, labels, real, limit)
            print(  # noqa: T201
                f"   photographs accused at most {limit:.1%}: "
                f"conclusive {said.sum()} of {len(said)} ({said.mean():.1%}), "
                f"right {right[said].sum()} ({right[said].mean():.1%})"
            )
