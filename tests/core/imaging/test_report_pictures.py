"""The pictures of a report: upright, on the fixed scale, from the evidence itself."""

import hashlib
import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from core.domain import DetectorReference
from core.errors import BadInput, EvidenceChanged
from core.examine import Annotation, AnnotationKind, HeatMap, HeatMapPatch
from core.imaging.report_pictures import reduced_plane, report_logo, report_pictures, upright_point, upright_tiles
from tests.conftest import picture

LIMIT = 10_000_000


def write(path, pixels, orientation=1, **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif, **options)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def opened(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def map_on(size, patches):
    return HeatMap("a" * 64, DetectorReference("d", "1", "b" * 64), 4, "real", 1.0, patches, size)


def drawing(kind, *points):
    return Annotation(1, kind, points, "words", "A", datetime.now(UTC))


def test_thumbnail_heat_map_and_annotations_of_a_large_image_are_small_jpegs(tmp_path):
    sha256 = write(tmp_path / "a.jpg", picture(1, 2000, 1500))
    hot = map_on((2000, 1500), (HeatMapPatch((0, 0, 1000, 1500), np.ones((16, 16), np.float32)),))
    box = drawing(AnnotationKind.RECTANGLE, (0.5, 0.5), (0.9, 0.9))
    made = report_pictures(tmp_path / "a.jpg", sha256, hot, (box, drawing(AnnotationKind.TEXT, (0.1, 0.1))), LIMIT)
    assert opened(made.thumbnail).shape == (192, 256, 3)
    plain, over, drawn = opened(made.thumbnail), opened(made.overlay), opened(made.annotated)
    assert over.shape == drawn.shape == (360, 480, 3)
    right = np.asarray(Image.fromarray(over).resize((256, 192)), int)[:, 140:]
    assert np.abs(right - plain[:, 140:]).mean() < 4  # nobody looked there
    yellow = over[:, :225].astype(int)
    assert yellow[..., 0].mean() - yellow[..., 2].mean() > 40  # the top of the scale
    assert drawn.astype(int)[180, 300:375, 2].mean() < 120 < drawn.astype(int)[180, 300:375, 0].mean()


def test_a_turned_image_is_shown_upright_with_map_and_annotation(tmp_path):
    pixels = np.full((300, 400, 3), 90, np.uint8)
    pixels[:150, :200] = (240, 240, 240)  # stored top left
    for orientation in range(1, 9):
        path = tmp_path / f"{orientation}.png"
        sha256 = write(path, pixels, orientation)
        hot = map_on((400, 300), (HeatMapPatch((0, 0, 200, 150), np.ones((4, 4), np.float32)),))
        mark = drawing(AnnotationKind.RECTANGLE, (0.0, 0.0), (0.5, 0.5))
        made = report_pictures(path, sha256, hot, (mark,), LIMIT)
        small, over, drawn = (
            opened(made.thumbnail),
            opened(made.overlay).astype(int),
            opened(made.annotated).astype(int),
        )
        assert small.shape[:2] == ((192, 256) if orientation < 5 else (256, 192))
        across, down = upright_point((0.25, 0.25), orientation)
        bright = small[int(down * small.shape[0]), int(across * small.shape[1])]
        assert bright.min() > 220, orientation
        there = over[int(down * over.shape[0]), int(across * over.shape[1])]
        assert there[0] - there[2] > 40, orientation
        assert abs(over[-int(down * over.shape[0]), -int(across * over.shape[1])] - 90).max() < 12, orientation
        middle = drawn[drawn.shape[0] // 2 - 3 : drawn.shape[0] // 2 + 4, int(across * drawn.shape[1])]
        assert (middle[:, 0] - middle[:, 2]).max() > 80, orientation
        order = np.array(upright_tiles(orientation)).reshape(4, 4)
        assert order[int(down * 4), int(across * 4)] in (0, 1, 4, 5), orientation


def test_overlapping_patches_are_averaged_and_the_rest_is_nobodys():
    patches = (
        HeatMapPatch((0, 0, 40, 40), np.zeros((2, 2), np.float32)),
        HeatMapPatch((20, 0, 40, 40), np.ones((2, 2), np.float32)),
    )
    plane = reduced_plane(map_on((100, 80), patches), (50, 40))
    assert plane.shape == (40, 50)
    assert plane[10, 5] == 0
    assert plane[10, 15] == 0.5
    assert plane[10, 25] == 1
    assert np.isnan(plane[30, 5])
    assert np.isnan(plane[10, 45])


def test_changed_evidence_is_not_printed(tmp_path):
    write(tmp_path / "a.png", picture(1))
    with pytest.raises(EvidenceChanged):
        report_pictures(tmp_path / "a.png", "0" * 64, None, (), LIMIT)


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(40), b"<svg/>", b"\x89PNG\r\n\x1a\n" + bytes(30), None])
def test_a_logo_that_is_no_picture_is_a_sentence(tmp_path, content):
    path = tmp_path / "logo.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match="no PNG or JPEG picture"):
        report_logo(path)


def test_a_logo_is_written_anew_without_what_else_the_file_holds(tmp_path):
    path = tmp_path / "logo.jpg"
    Image.fromarray(picture(1, 1200, 600)).save(path, comment=b"<script>secret</script>")
    made = report_logo(path)
    assert made.startswith(b"\x89PNG")
    assert b"secret" not in made
    assert opened(made).shape == (400, 800, 3)
