import io

import numpy as np
import pytest
from PIL import Image

from core.imaging.decode import decode_stored
from core.imaging.facts import read_jpeg_quality
from core.imaging.jpeg_quality import estimate_quality


def _tables(image, **options):
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return Image.open(stream).quantization


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_setting_of_the_common_library_is_recovered(quality, photo):
    found = estimate_quality(_tables(photo(16, 16), quality=quality))
    assert found is not None
    assert (found.quality, found.exact) == (quality, True)


def test_grey_files_have_one_table(photo):
    found = estimate_quality(_tables(photo(16, 16).convert("L"), quality=63))
    assert found is not None
    assert (found.quality, found.exact) == (63, True)


def test_tables_of_other_makers_get_the_nearest_setting(photo):
    tables = {number: [max(1, value + 1) for value in table] for number, table in _tables(photo(), quality=80).items()}
    found = estimate_quality(tables)
    assert found is not None
    assert not found.exact
    assert 70 <= found.quality <= 82


@pytest.mark.parametrize("tables", [{}, {0: []}, {0: [1] * 63}, {1: [1] * 64}])
def test_no_tables_no_quality(tables):
    assert estimate_quality(tables) is None


def test_the_quality_of_a_file_is_read_from_its_header(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    for name, kind, options in (
        ("a.jpg", "JPEG", {"quality": 73}),
        ("b", "JPEG", {"quality": 40}),
        ("c.png", "PNG", {}),
    ):
        Image.fromarray(pixels).save(tmp_path / name, kind, **options)
    (tmp_path / "d.jpg").write_bytes(b"no image")
    assert [read_jpeg_quality(tmp_path / name) for name in ("a.jpg", "b", "c.png", "d.jpg", "nowhere")] == [
        73,
        40,
        None,
        None,
        None,
    ]
    assert decode_stored(tmp_path / "b", 10_000).jpeg_quality == 40
    assert decode_stored(tmp_path / "c.png", 10_000).jpeg_quality is None
