"""How far the numbers of a finding move when it is repeated under other conditions, and how fast evidence is hashed.

python -m pytest -m slow tests/bench/test_repetition.py -s
"""

import hashlib
import time

import numpy as np
import pytest
import torch

from core import paths
from core.dna.attribute import Attributor, verdict_of
from core.dna.detector import load_detector
from core.dna.device import cpu
from core.domain import CaseDetails
from core.imaging.decode import decode_stored
from core.services.repetition import FEATURE_DISTANCE, OTHER_ARITHMETIC, SAME_ARITHMETIC
from core.services.workspace import Workspace
from core.store import blobs, exhibits
from tests.core.store.generated import facts_of

IMAGES = 24
REDUCED = {"threads": 2, "precision": torch.bfloat16}


@pytest.fixture(scope="module")
def detector():
    return load_detector(paths.resources() / "detectors" / "field.safetensors")


@pytest.fixture
def images(shared_data, detector):
    """Images of every class and source, as the network gets them."""
    files = sorted(path for path in (shared_data / "field").rglob("*") if path.suffix in (".jpg", ".png", ".webp"))
    chosen = files[:: max(1, len(files) // IMAGES)][:IMAGES]
    attributor = Attributor(detector, cpu(), exact=True)
    prepared = [attributor.prepared(decode_stored(path, 10**8).pixels) for path in chosen]
    return [image for image in prepared if not isinstance(image, str)]


def read(detector, images, *, threads, at_once=1, precision=None):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        attributor = Attributor(detector, cpu(), exact=True)
        if precision is not None:
            attributor._fast = attributor._built(attributor.device, precision)
        out = []
        for start in range(0, len(images), at_once):
            out += attributor.read_prepared(images[start : start + at_once])
        return out
    finally:
        torch.set_num_threads(before)


def moved(detector, then, now):
    scores = max(float(np.abs(a.scores - b.scores).max()) for a, b in zip(then, now, strict=True))
    tiles = max(float(np.abs(a.tile_scores - b.tile_scores).max()) for a, b in zip(then, now, strict=True))
    features = max(_distance(a.feature, b.feature) for a, b in zip(then, now, strict=True))
    same = sum(a.scores.tobytes() == b.scores.tobytes() for a, b in zip(then, now, strict=True))
    verdicts = sum(verdict_of(a, detector)[0] is verdict_of(b, detector)[0] for a, b in zip(then, now, strict=True))
    return scores, tiles, features, same, verdicts


def _distance(a, b):
    a, b = a.astype("float16").astype(np.float64), b.astype("float16").astype(np.float64)
    return 1 - float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b))


@pytest.mark.slow
@pytest.mark.shared_data
def test_rounding_stays_far_within_the_tolerances(detector, images):
    plain = read(detector, images, threads=1)
    sharpening = max(1.0, detector.calibration.net)
    print(f"\n{len(images)} images: largest difference of scores, tiles, features; equal; same verdict")  # noqa: T201
    for name, allowed, how in (
        ("two threads", SAME_ARITHMETIC, {"threads": 2}),
        ("four threads", SAME_ARITHMETIC, {"threads": 4}),
        ("two images at a time", SAME_ARITHMETIC, {"threads": 1, "at_once": 2}),
        ("eight images at a time, two threads", SAME_ARITHMETIC, {"threads": 2, "at_once": 8}),
        ("bfloat16, close calls in float32", OTHER_ARITHMETIC * sharpening, REDUCED),
    ):
        scores, tiles, features, same, verdicts = moved(detector, plain, read(detector, images, **how))
        print(f"| {name} | {scores:.2g} | {tiles:.2g} | {features:.2g} | {same} | {verdicts} |")  # noqa: T201
        assert scores <= allowed
        assert features <= FEATURE_DISTANCE
        assert verdicts == len(images)


@pytest.mark.slow
def test_evidence_is_hashed_at_the_speed_of_the_disk(tmp_path):
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "one.dnacase", CaseDetails("One"))
        database = workspace.cases.database
        for number in range(200):
            data = np.random.default_rng(number).bytes(4_000_000)
            sha256 = hashlib.sha256(data).hexdigest()
            incoming = blobs.incoming_path(database.folder)
            incoming.write_bytes(data)
            blobs.keep(database.folder, incoming, sha256)
            with database.writing() as transaction:
                named = {"sha256": sha256, "md5": "0" * 32, "name": "a", "path": f"/{sha256}"}
                exhibits.add(transaction, size_bytes=len(data), facts=facts_of(), **named)
        began = time.perf_counter()
        assert workspace.integrity.recheck().value.intact == 200
        rate = 800 / (time.perf_counter() - began)
    print(f"\n200 exhibits of 4 MB: {rate:.0f} MB/s")  # noqa: T201
    assert rate >= 200
