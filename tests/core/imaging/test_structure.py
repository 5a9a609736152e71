import pytest

from core.imaging.structure import structure_of

KINDS = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "WebP": "WEBP",
    "TIFF": "TIFF",
    "BMP": "BMP",
    "GIF": "GIF",
    "AVIF": "AVIF",
    "HEIC": "HEIF",
}


@pytest.mark.parametrize("container", KINDS)
def test_whole_files_end_where_they_say(container, photo, encode, stored):
    found = structure_of(stored(encode(photo(), KINDS[container])), container)
    assert found.complete
    assert found.trailing == 0
    assert found.false_checksums == 0


@pytest.mark.parametrize("container", [container for container in KINDS if container != "TIFF"])
@pytest.mark.parametrize("keep", [0.2, 0.6, 0.95])
def test_cut_files_are_noticed(container, keep, photo, encode, stored):
    data = encode(photo(), KINDS[container])
    assert not structure_of(stored(data[: int(len(data) * keep)]), container).complete


def test_a_tiff_without_its_directory(photo, encode, stored):
    data = encode(photo(), "TIFF")
    directory = int.from_bytes(data[4:8], "little")
    assert not structure_of(stored(data[:directory]), "TIFF").complete


@pytest.mark.parametrize("container", ["JPEG", "PNG", "WebP", "BMP", "GIF"])
def test_appended_bytes_are_counted(container, photo, encode, stored):
    found = structure_of(stored(encode(photo(), KINDS[container]) + b"appended"), container)
    assert found.complete
    assert found.trailing == 8


def test_progressive_jpeg_has_many_scans(photo, encode, stored):
    data = encode(photo(), "JPEG", progressive=True)
    assert data.count(b"\xff\xda") > 3
    assert structure_of(stored(data + b"xy"), "JPEG").trailing == 2


def test_false_checksums_of_a_png(photo, encode, stored):
    data = bytearray(encode(photo(), "PNG"))
    data[-13] ^= 1  # the last byte of the checksum before IEND
    assert structure_of(stored(bytes(data)), "PNG").false_checksums == 1


def test_frames_of_a_gif_are_counted_without_decoding(photo, encode, stored):
    frames = [photo().rotate(angle) for angle in (0, 5, 10, 15)]
    found = structure_of(stored(encode(frames[0], "GIF", save_all=True, append_images=frames[1:])), "GIF")
    assert found.frames == 4


@pytest.mark.parametrize("container", KINDS)
@pytest.mark.parametrize("data", [b"\0", b"GIF89a", b"II\x2a\0\xff\xff\xff\xff", b"\xff" * 40, b"\0" * 40, b"II\x2b\0"])
def test_nonsense_is_survived(container, data, stored):
    structure_of(stored(data), container)
