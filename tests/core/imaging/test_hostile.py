"""Whatever the bytes are: an outcome, never anything else."""

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain import IntakeOutcome
from core.imaging.archive import forget_archives, list_members, member_chunks
from core.imaging.decode import StoredPixels, decode_display, decode_stored
from core.imaging.exif import readable
from core.imaging.formats import FORMATS
from core.imaging.intake_worker import Examined, examine
from core.imaging.png_chunks import png_texts, without_bombs
from core.imaging.problems import Undecodable
from core.imaging.sources import Limits, Source

LIMITS = Limits(pixel_limit=100_000)
STARTS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"II\x2a\0",
    b"MM\0\x2a",
    b"GIF89a",
    b"BM" + b"\0" * 12 + b"\x28\0",
]
STARTS += [b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"]
several = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def examined(tmp_path):
    def result(data):
        (tmp_path / "file.jpg").write_bytes(data)
        copy = tmp_path / "copy"
        copy.unlink(missing_ok=True)
        found = examine(Source(str(tmp_path / "file.jpg")), copy, LIMITS)
        assert copy.exists() == (found.outcome is IntakeOutcome.TAKEN)
        return found

    return result


def _decoded(path):
    """Pixels, or None when the file is refused."""
    try:
        decode_display(path, 64, LIMITS.pixel_limit)
        return decode_stored(path, LIMITS.pixel_limit)
    except Undecodable:
        return None


@several
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_random_bytes(start, rest, examined, tmp_path):
    found = examined(start + rest)
    assert isinstance(found, Examined)
    assert found.outcome is not IntakeOutcome.PENDING
    assert _decoded(tmp_path / "file.jpg") is None or found.outcome is IntakeOutcome.TAKEN


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.container)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4))
def test_overwritten_images(row, changes, examined, photo, encode, tmp_path):
    data = bytearray(encode(photo(24, 24), row.pillow))
    for place, patch in changes:
        at = int(place * len(data))
        data[at : at + len(patch)] = patch
    found = examined(bytes(data))
    pixels = _decoded(tmp_path / "file.jpg")
    assert (pixels is not None) == (found.outcome is IntakeOutcome.TAKEN)
    if isinstance(pixels, StoredPixels):
        assert pixels.pixels.shape == (found.facts.height, found.facts.width, 3)


@several
@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=4)), min_size=1, max_size=3))
def test_overwritten_archives(changes, tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.png", "b/c.png"):
            archive.writestr(name, b"data" * 50)
    data = bytearray(stream.getvalue())
    for place, patch in changes:
        at = int(place * len(data))
        data[at : at + len(patch)] = patch
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    try:
        for member in list_members(path, LIMITS):
            _try(member)
    except Undecodable:
        pass
    finally:
        forget_archives()


def _try(member):
    try:
        for _ in member_chunks(member.source, LIMITS):
            pass
    except Undecodable:
        pass


@several
@given(data=st.binary(max_size=400))
def test_random_chunks(data):
    png_texts(b"\x89PNG\r\n\x1a\n" + data)
    without_bombs(b"\x89PNG\r\n\x1a\n" + data)


@several
@given(value=st.one_of(st.text(), st.binary(), st.integers(), st.floats(), st.tuples(st.integers(), st.floats())))
def test_every_value_becomes_storable_text(value):
    text = readable(value, 10)
    assert len(text) <= 80
    text.encode("utf-8")
