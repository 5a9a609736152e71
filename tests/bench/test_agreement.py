"""The fast path must say what the plain one says (run by command: pytest -m slow tests/bench/test_agreement.py -s)."""

import dataclasses

import numpy as np
import pytest
import torch

from core.dna.attribute import Attributor, recalibrated, verdict_of
from core.dna.dataset import list_data, load_pictures
from core.dna.detector import load_detector
from core.dna.device import choose_device
from core.paths import resources

LARGEST_DIFFERENCE = 0.02


@pytest.mark.slow
@pytest.mark.shared_data
def test_same_verdicts_and_scores_on_every_image_of_other_sources(shared_data):
    detector = load_detector(next((resources() / "detectors").glob("*.safetensors")))
    assert detector.calibration is not None
    speakers = [detector.net, *([detector.spectrum] if detector.spectrum else [])]
    attributor = Attributor(detector, choose_device("auto"))
    items = list_data(shared_data / "cross").items
    pictures = load_pictures(items, lambda path, why: pytest.fail(f"{path}: {why}"), lambda: None)
    differing, largest = 0, 0.0
    for picture in pictures:
        prepared = attributor.prepared(picture.pixels)
        reading = attributor.read_prepared([prepared])[0]
        if reading.out_of_scope:
            continue
        windows = [w[None] for w in torch.from_numpy(prepared.whole).permute(0, 3, 1, 2)]
        with torch.inference_mode():
            voices = [torch.cat([voice(w) for w in windows]).mean(0).numpy() for voice in speakers]
        eager = recalibrated(dataclasses.replace(reading, voices=np.stack(voices)), detector)
        largest = max(largest, float(np.abs(eager.scores - reading.scores).max()))
        differing += verdict_of(eager, detector)[0::2] != verdict_of(reading, detector)[0::2]
    print(f"\n{len(pictures)} images, {differing} verdicts differ, largest difference of a score {largest:.5f}")  # noqa: T201
    assert differing == 0
    assert largest <= LARGEST_DIFFERENCE
