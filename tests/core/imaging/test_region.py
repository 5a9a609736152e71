import hashlib

import numpy as np
import pytest
from PIL import Image

from core.errors import CoreError, EvidenceChanged
from core.imaging.evidence import displayed_evidence
from core.imaging.region import displayed_region

LIMIT = 10_000_000


def _save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def noise():
    return np.random.default_rng(3).integers(0, 256, (90, 140, 3), dtype=np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_region_is_the_same_part_of_the_upright_image(tmp_path, noise, orientation, suffix):
    path, exif = tmp_path / f"x.{suffix}", Image.Exif()
    exif[0x0112] = orientation
    sha256 = _save(path, noise, exif=exif)
    whole = displayed_evidence(path, sha256, 4096, LIMIT).pixels
    part = displayed_region(path, sha256, (20, 10, 41, 33), 0, LIMIT)
    assert part.scale == 1.0
    np.testing.assert_array_equal(part.pixels, whole[10:43, 20:61])


def test_halving_averages_and_the_edge_keeps_what_is_left(tmp_path, noise):
    path = tmp_path / "x.png"
    sha256 = _save(path, noise)
    part = displayed_region(path, sha256, (120, 60, 512, 512), 2, LIMIT)  # beyond the image
    assert part.pixels.shape == (8, 5, 3)
    assert part.scale == 0.25
    block = noise[60:64, 120:124].reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(part.pixels[0, 0], block, atol=1)
    odd = displayed_region(path, sha256, (0, 0, 7, 5), 1, LIMIT)
    assert odd.pixels.shape == (3, 4, 3)


def test_floating_point_grey_is_as_bright_as_in_the_whole(tmp_path):
    values = np.linspace(0, 3000, 100 * 100, dtype=np.float32).reshape(100, 100)
    path = tmp_path / "x.tif"
    sha256 = _save(path, values)
    whole = displayed_evidence(path, sha256, 4096, LIMIT).pixels
    np.testing.assert_array_equal(
        displayed_region(path, sha256, (10, 10, 20, 20), 0, LIMIT).pixels, whole[10:30, 10:30]
    )


def test_changed_and_missing_bytes_are_refused(tmp_path, noise):
    path = tmp_path / "x.png"
    sha256 = _save(path, noise)
    with pytest.raises(EvidenceChanged):
        displayed_region(path, "0" * 64, (0, 0, 10, 10), 0, LIMIT)
    path.unlink()
    with pytest.raises(CoreError):
        displayed_region(path, sha256, (0, 0, 10, 10), 0, LIMIT)
