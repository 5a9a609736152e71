"""Intake of 1-megapixel JPEGs against the plain way: one process that hashes, decodes and makes a thumbnail.

python -m pytest tests/bench/test_intake.py --benchmark-enable --benchmark-only
"""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from core.domain import CaseDetails
from core.services.workspace import Workspace
from tests.conftest import picture

COUNT = 24


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    base = picture(1, 1152, 868)
    for index in range(COUNT):
        shifted = np.roll(base, 13 * index, axis=1)
        Image.fromarray(shifted).save(folder / f"{index:03d}.jpg", quality=90)
    return folder


def plain(folder):
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        hashlib.sha256(data).hexdigest()
        hashlib.md5(data).hexdigest()
        image = Image.open(io.BytesIO(data)).convert("RGB")
        image.thumbnail((256, 256))
        image.save(io.BytesIO(), "JPEG")


def test_plain(benchmark, photographs):
    benchmark.group = f"intake of {COUNT} JPEGs of 1 MP"
    benchmark.pedantic(plain, (photographs,), rounds=3, warmup_rounds=1)


def test_intake(benchmark, photographs, tmp_path):
    """The whole way: queue, reader processes, evidence copies, thumbnails, rows and log."""
    benchmark.group = f"intake of {COUNT} JPEGs of 1 MP"
    with Workspace() as workspace:
        workspace.cases.create(tmp_path / "warm", CaseDetails("warm"))
        workspace.intake.take([photographs])
        number = iter(range(100))

        def fresh():
            workspace.cases.create(tmp_path / f"case{next(number)}", CaseDetails("bench"))
            return ([photographs],), {}

        benchmark.pedantic(workspace.intake.take, setup=fresh, rounds=3)
        assert workspace.cases.counts().exhibits == COUNT
