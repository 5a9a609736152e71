"""Images made in memory: smooth colours, so that lossy formats stay close, with every corner different."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.imaging.problems import Undecodable
from core.imaging.sources import Limits

pillow_heif.register_heif_opener()


def _pixels(width, height):
    y, x = np.mgrid[0:height, 0:width]
    red, green = 255 * x / max(width - 1, 1), 255 * y / max(height - 1, 1)
    return np.dstack([red, green, (red + green) / 2]).astype(np.uint8)


@pytest.fixture
def pixels():
    """(height, width, 3) uint8 with red growing to the right and green downwards."""
    return _pixels


@pytest.fixture
def photo():
    """An RGB image of the same."""
    return lambda width=64, height=48: Image.fromarray(_pixels(width, height))


@pytest.fixture
def encode():
    """Bytes of an image in a format of Pillow's."""

    def bytes_of(image, kind, **options):
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        return stream.getvalue()

    return bytes_of


@pytest.fixture
def stored(tmp_path):
    """A file with the given bytes."""

    def path_of(data, name="file"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return path_of


@pytest.fixture
def outcome_of():
    """The outcome with which a call refuses; the sentence must read like one."""

    def refused(call, *arguments):
        with pytest.raises(Undecodable) as caught:
            call(*arguments)
        sentence = str(caught.value)
        assert sentence.endswith(".")
        assert "Error" not in sentence
        assert "0x" not in sentence
        return caught.value.outcome

    return refused


@pytest.fixture
def limits():
    return Limits(pixel_limit=1_000_000)
