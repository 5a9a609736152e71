from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter

from app.widgets.colour_map import COLOUR_MAPS
from app.widgets.heat_map_layer import HeatMapLayer, merge_patches
from app.widgets.image_canvas import ImageCanvas
from app.widgets.picture import build_picture
from core.domain import RgbImage
from core.examine import HeatMapPatch
from tests.app.examine_fakes import a_heat_map, an_exhibit


def _map(*patches, size=(100, 80)):
    exhibit = an_exhibit(size=size)
    return replace(a_heat_map(exhibit, 4, "real"), patches=patches)


def _flat(box, value):
    return HeatMapPatch(box, np.full((4, 4), value, np.float32))


def test_patches_are_averaged_where_they_overlap_and_nowhere_else():
    merged = merge_patches(_map(_flat((0, 0, 40, 40), 1.0), _flat((20, 0, 40, 40), 0.0)))
    (island,) = merged.islands
    assert island.box == (0, 0, 60, 40)
    assert island.values.shape == (40, 60)
    np.testing.assert_allclose(island.values[:, :20], 1.0)
    np.testing.assert_allclose(island.values[:, 20:40], 0.5)
    np.testing.assert_allclose(island.values[:, 40:], 0.0)


def test_patches_apart_stay_apart_and_what_lies_between_has_no_value():
    merged = merge_patches(_map(_flat((0, 0, 20, 20), 0.2), _flat((50, 50, 20, 20), 0.9)))
    assert [island.box for island in merged.islands] == [(0, 0, 20, 20), (50, 50, 20, 20)]
    assert merged.coverage == pytest.approx(2 * 400 / 8000)
    assert merged.strongest == (50, 50)
    corner = merge_patches(_map(_flat((0, 0, 20, 20), 0.5), _flat((20, 20, 20, 20), 0.5)))
    assert np.isnan(corner.islands[0].values[0, 30])


def test_a_coarse_map_is_stretched_smoothly_over_its_box():
    ramp = np.array([[0.0, 1.0]], np.float32)
    (island,) = merge_patches(_map(HeatMapPatch((0, 0, 80, 10), ramp))).islands
    row = island.values[0]
    assert row[0] == 0.0
    assert row[-1] == 1.0
    assert np.all(np.diff(row) >= 0)
    assert row[39] == pytest.approx(0.5, abs=0.02)


def test_numbers_that_are_none_and_empty_patches_do_no_harm():
    broken = np.array([[np.nan, np.inf], [-5.0, 0.5]], np.float32)
    patches = (HeatMapPatch((0, 0, 2, 2), broken), _flat((5, 5, 0, 4), 1.0))
    merged = merge_patches(_map(*patches))
    np.testing.assert_allclose(merged.islands[0].values, [[0, 1], [0, 0.5]])
    assert merge_patches(_map()).strongest is None


def test_a_huge_region_is_kept_on_a_bounded_raster():
    merged = merge_patches(_map(_flat((0, 0, 20000, 10000), 0.5), size=(20000, 10000)))
    assert merged.islands[0].values.shape == (512, 1024)
    assert merged.coverage == pytest.approx(1.0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_patch_is_painted_on_its_stored_pixels_in_every_orientation(qtbot, orientation):
    stored = np.zeros((60, 100, 3), np.uint8)
    stored[10:30, 60:90] = 255  # the pixels that the patch is about
    upright = _upright(stored, orientation)
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 400)
    layer = HeatMapLayer()
    canvas.add_layer(layer)
    canvas.show_picture(build_picture(RgbImage(np.ascontiguousarray(upright), 1.0)), QSize(100, 60), orientation)
    layer.set_strength(1.0)
    layer.set_colours(COLOUR_MAPS[1])
    layer.set_map(merge_patches(_map(_flat((60, 10, 30, 20), 1.0), size=(100, 60))))
    shown = _render(canvas, upright.shape[1], upright.shape[0])
    inside = upright[..., 0] == 255
    core = _eroded(inside)  # the dotted line covers the rim
    assert (shown[core] == [128, 0, 0]).all()
    assert (shown[_eroded(~inside)] == 0).all()


def _upright(pixels, orientation):
    """The eight cases written out with NumPy, on purpose not with the transform under test."""
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, -1),
        7: pixels[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(pixels, 1),
    }[orientation]


def _render(canvas, width, height):
    image = QImage(width, height, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    canvas.scene().render(painter, image.rect(), canvas.sceneRect())
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : width * 3].reshape(height, width, 3).copy()


def _eroded(mask, by=3):
    kept = mask.copy()
    for axis in (0, 1):
        rolled = [np.roll(kept, shift, axis) for shift in range(-by, by + 1)]
        kept = np.logical_and.reduce(rolled)
    kept[:by], kept[-by:], kept[:, :by], kept[:, -by:] = False, False, False, False
    return kept
