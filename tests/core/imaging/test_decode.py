import cv2
import numpy as np
import pytest
from PIL import Image

from core.domain import IntakeOutcome
from core.imaging.decode import decode_display, decode_stored
from core.imaging.pixels import COMPOSITED

LIMIT = 1_000_000


def _near(left, right, tolerance=6.0):
    return np.abs(left.astype(int) - right.astype(int)).mean() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WEBP"])
def test_lossless_formats_give_back_every_value(kind, photo, encode, stored, pixels):
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decode_stored(stored(encode(photo(), kind, **options)), LIMIT)
    assert np.array_equal(found.pixels, pixels(64, 48))
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.writeable
    assert found.remarks == ()


@pytest.mark.parametrize("kind", ["JPEG", "AVIF", "HEIF", "WEBP"])
def test_lossy_formats_stay_close(kind, photo, encode, stored, pixels):
    found = decode_stored(stored(encode(photo(), kind)), LIMIT)
    assert found.pixels.shape == (48, 64, 3)
    assert _near(found.pixels, pixels(64, 48))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_tiff_compressions(compression, photo, encode, stored, pixels):
    found = decode_stored(stored(encode(photo(), "TIFF", compression=compression)), LIMIT)
    assert _near(found.pixels, pixels(64, 48))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_colour_keeps_the_high_byte(suffix, pixels, stored):
    wide = pixels(32, 24).astype(np.uint16) * 256 + 255
    found = decode_stored(stored(cv2.imencode(suffix, wide[..., ::-1])[1].tobytes()), LIMIT)
    assert np.array_equal(found.pixels, pixels(32, 24))
    assert "16-bit" in found.remarks[0]


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_grey_is_shifted_not_clipped(suffix, stored):
    wide = (np.arange(32 * 24, dtype=np.uint32) * 85).astype(np.uint16).reshape(24, 32)
    found = decode_stored(stored(cv2.imencode(suffix, wide)[1].tobytes()), LIMIT)
    assert np.array_equal(found.pixels, np.repeat((wide >> 8).astype(np.uint8)[..., None], 3, 2))
    assert len(found.remarks) == 2


def test_sixteen_bit_png_with_alpha_is_composited(pixels, stored):
    wide = np.dstack([pixels(8, 8)[..., ::-1].astype(np.uint16) << 8, np.zeros((8, 8), np.uint16)])
    found = decode_stored(stored(cv2.imencode(".png", wide)[1].tobytes()), LIMIT)
    assert (found.pixels == 255).all()
    assert COMPOSITED in found.remarks


def _grey_tiff(values, bits, *, photometric=1, sample_format=1):
    """A one-strip little-endian TIFF of one grey channel."""
    data = values.tobytes()
    height, width = values.shape
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, bits),
        (259, 3, 1),
        (262, 3, photometric),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, len(data)),
        (339, 3, sample_format),
    ]
    entries = b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, kind, value in tags
    )
    directory = len(tags).to_bytes(2, "little") + entries + b"\0\0\0\0"
    return b"II\x2a\0" + (8 + len(data)).to_bytes(4, "little") + data + directory


@pytest.mark.parametrize(
    ("dtype", "values", "options", "grey"),
    [
        ("<u2", [0, 256, 65535], {"bits": 16}, [0, 1, 255]),
        ("<u2", [0, 256, 65535], {"bits": 16, "photometric": 0}, [255, 254, 0]),
        ("<i2", [-5, 128, 32767], {"bits": 16, "sample_format": 2}, [0, 1, 255]),
        ("<u4", [0, 1 << 24, 0xFFFFFFFF], {"bits": 32}, [0, 1, 255]),
        ("<f4", [-1.0, 0.5, 1.0], {"bits": 32, "sample_format": 3}, [0, 128, 255]),
        ("<f4", [0.0, 100.0, 255.0], {"bits": 32, "sample_format": 3}, [0, 100, 255]),
        ("<f4", [0.0, float("nan"), 1000.0], {"bits": 32, "sample_format": 3}, [0, 0, 255]),
    ],
)
def test_rare_grey_tiffs(dtype, values, options, grey, stored):
    found = decode_stored(stored(_grey_tiff(np.array([values], dtype), **options)), LIMIT)
    assert found.pixels[0, :, 0].tolist() == grey
    assert found.remarks


def test_twelve_bit_grey_fills_the_range(stored):
    packed = np.frombuffer(bytes.fromhex("000fff800000"), np.uint8).reshape(1, 6)  # 0x000, 0xfff, 0x800, 0x000
    data = _grey_tiff(packed, 12)
    data = data.replace(
        (256).to_bytes(2, "little") + b"\4\0\1\0\0\0\6", (256).to_bytes(2, "little") + b"\4\0\1\0\0\0\4"
    )
    assert decode_stored(stored(data), LIMIT).pixels[0, :, 0].tolist() == [0, 255, 128, 0]


def test_grey_and_black_and_white(photo, encode, stored):
    grey = photo().convert("L")
    found = decode_stored(stored(encode(grey, "PNG")), LIMIT)
    assert np.array_equal(found.pixels, np.repeat(np.asarray(grey)[..., None], 3, 2))
    assert "Grey" in found.remarks[0]
    bits = decode_stored(stored(encode(grey.convert("1"), "PNG")), LIMIT)
    assert set(np.unique(bits.pixels)) == {0, 255}


def test_palettes(photo, encode, stored):
    image = photo().quantize(16)
    found = decode_stored(stored(encode(image, "PNG")), LIMIT)
    assert np.array_equal(found.pixels, np.asarray(image.convert("RGB")))
    assert "Palette" in found.remarks[0]


def test_cmyk_jpeg(photo, encode, stored, pixels):
    found = decode_stored(stored(encode(photo().convert("CMYK"), "JPEG", quality=95)), LIMIT)
    assert _near(found.pixels, pixels(64, 48))
    assert "CMYK" in found.remarks[0]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_transparency_becomes_white(kind, photo, encode, stored):
    image = photo().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 32, 48))
    options = {"lossless": True} if kind == "WEBP" else {}
    found = decode_stored(stored(encode(image, kind, **options)), LIMIT)
    assert found.pixels[20, 8].min() > 250
    assert found.pixels[20, 60].min() < 200
    assert COMPOSITED in found.remarks


def test_an_opaque_alpha_channel_is_not_remarked(photo, encode, stored, pixels):
    found = decode_stored(stored(encode(photo().convert("RGBA"), "PNG")), LIMIT)
    assert np.array_equal(found.pixels, pixels(64, 48))
    assert found.remarks == ()


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_palette_entries(kind, encode, stored):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((0, 0), 0)
    found = decode_stored(stored(encode(image, kind, transparency=0)), LIMIT)
    assert found.pixels[0, 0].tolist() == [255, 255, 255]
    assert found.pixels[3, 3].tolist() == [200, 100, 50]
    assert COMPOSITED in found.remarks


def test_a_transparent_colour_of_an_rgb_png(encode, stored):
    image = Image.new("RGB", (4, 4), (9, 9, 9))
    image.putpixel((1, 0), (1, 2, 3))
    found = decode_stored(stored(encode(image, "PNG", transparency=(1, 2, 3))), LIMIT)
    assert found.pixels[0, 1].tolist() == [255, 255, 255]
    assert found.pixels[0, 0].tolist() == [9, 9, 9]


def test_only_the_first_frame_of_an_animation(photo, encode, stored):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF", "AVIF"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
        red, green, blue = decode_stored(stored(data, kind), LIMIT).pixels[4, 4].tolist()
        assert red > 200, kind
        assert green < 60, kind
        assert blue < 60, kind


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_for_the_eye_only(kind, orientation, photo, encode, stored, pixels):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    path = stored(encode(photo(), kind, exif=exif, **options))
    assert _near(decode_stored(path, LIMIT).pixels, pixels(64, 48))
    seen = decode_display(path, 1000, LIMIT)
    assert seen.pixels.shape == ((48, 64, 3) if orientation < 5 else (64, 48, 3))
    corner = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0), 5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}
    assert seen.pixels[corner[orientation]].max() < 30  # the stored top left corner is black


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_display_is_shrunk_and_tells_by_how_much(kind, photo, encode, stored, pixels):
    path = stored(encode(photo(400, 200), kind))
    seen = decode_display(path, 100, LIMIT)
    assert seen.pixels.shape == (50, 100, 3)
    assert seen.scale == pytest.approx(0.25)
    assert _near(seen.pixels, pixels(100, 50), 8)
    assert decode_display(path, 4096, LIMIT).scale == 1.0


def test_display_of_rare_pixels(photo, encode, stored):
    wide = (np.arange(64 * 48, dtype=np.uint32) * 21).astype(np.uint16).reshape(48, 64)
    assert decode_display(stored(cv2.imencode(".png", wide)[1].tobytes()), 16, LIMIT).pixels.shape == (12, 16, 3)
    assert decode_display(stored(encode(photo().quantize(8), "GIF")), 16, LIMIT).pixels.shape == (12, 16, 3)
    assert decode_display(stored(encode(photo(300, 1), "PNG")), 16, LIMIT).pixels.shape == (1, 16, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"])
def test_the_pixel_limit_holds_for_every_format(kind, photo, encode, stored, outcome_of):
    path = stored(encode(photo(40, 40), kind))
    assert decode_stored(path, 1600).pixels.shape == (40, 40, 3)
    for limit in (1599, 700):  # a little over is a warning of Pillow's, twice over an error
        assert outcome_of(decode_stored, path, limit) is IntakeOutcome.TOO_LARGE
        assert outcome_of(decode_display, path, 64, limit) is IntakeOutcome.TOO_LARGE


def test_a_missing_file_is_an_outcome(tmp_path, outcome_of):
    assert outcome_of(decode_stored, tmp_path / "gone.png", LIMIT) is IntakeOutcome.VANISHED


def test_formats_outside_the_table_are_never_decoded(photo, encode, stored, outcome_of):
    for kind in ("PPM", "ICO", "TGA", "EPS", "PCX", "JPEG2000"):
        assert outcome_of(decode_stored, stored(encode(photo(), kind), kind), LIMIT) is IntakeOutcome.NOT_AN_IMAGE
