"""Frames while panning and zooming four 24 MP images, against drawing the full-size images scaled each time.

python -m pytest tests/bench/test_canvas.py --benchmark-enable --benchmark-only
"""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.widgets.arrangement import Arrangement
from app.widgets.compare_view import CompareView
from app.widgets.heat_map_layer import merge_patches
from app.widgets.layer_stack import MapLook
from app.widgets.pane import ShownMap
from app.widgets.picture import build_picture
from core.domain import RgbImage
from core.examine import HeatMap, HeatMapPatch, LayerKind
from tests.app.examine_fakes import DETECTOR, an_exhibit

SIZE = (6000, 4000)
WINDOW = QSize(1420, 900)  # what a 1920 × 1080 screen leaves for the panes
FRAMES = 40


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    pixels = [rng.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8) for _ in range(2)]
    one, other = (build_picture(RgbImage(image, 1.0)) for image in pixels)
    return one, other, one, other


@pytest.fixture
def view(qtbot, pictures):
    made = CompareView()
    qtbot.addWidget(made)
    made.resize(WINDOW)
    made.show()
    made.arrange(Arrangement.FOUR)
    for place, (pane, picture) in enumerate(zip(made.panes, pictures, strict=True)):
        pane.show_picture(picture, an_exhibit(place + 1, size=SIZE))
    QApplication.processEvents()
    return made


def _moves(view):
    """Dragging at 100 %, dragging at 30 %, and turning the wheel in and out: what a hand does while comparing."""
    canvas = view.canvas
    yield from (lambda: canvas.pan_by(QPointF(23, 11)) for _ in range(10))
    yield lambda: canvas.set_zoom(0.3)
    yield from (lambda: canvas.pan_by(QPointF(-17, 9)) for _ in range(9))
    yield from (lambda: canvas.zoom_by(1, QPointF(200, 120)) for _ in range(10))
    yield from (lambda: canvas.zoom_by(-1, QPointF(200, 120)) for _ in range(10))


def _frame(view, move):
    """One movement, and one repainting of everything, headers included."""
    move()
    view.repaint()


def _measured(benchmark, view):
    view.canvas.set_zoom(1.0)
    moves = itertools.cycle(list(_moves(view)))
    benchmark.pedantic(lambda: _frame(view, next(moves)), rounds=3 * FRAMES, warmup_rounds=FRAMES)
    assert all(pane.canvas.seen == view.panes[0].canvas.seen for pane in view.panes)
    if benchmark.enabled:
        median, p95 = (float(np.percentile(benchmark.stats.stats.sorted_data, part) * 1000) for part in (50, 95))
        benchmark.extra_info |= {"median_ms": median, "p95_ms": p95}
        print(f"{benchmark.name}: median {median:.1f} ms, 95 % of the frames under {p95:.1f} ms")  # noqa: T201


def test_four_panes(benchmark, view):
    benchmark.group = "a frame of four panes of 24 MP"
    _measured(benchmark, view)


def test_four_panes_with_heat_maps(benchmark, view):
    """With a heat map over each image, all on one scale."""
    values = np.random.default_rng(1).random((60, 60), dtype=np.float32)
    boxes = [(x, y, 1000, 1000) for x in range(0, 6000, 1000) for y in range(0, 4000, 1000)]
    heat_map = HeatMap("0" * 64, DETECTOR, 4, "real", 0.02, tuple(HeatMapPatch(box, values) for box in boxes), SIZE)
    shown = ShownMap(heat_map, merge_patches(heat_map))
    for pane in view.panes:
        pane.set_stack(pane.stack.switched(LayerKind.HEAT_MAP))
        pane.set_map(shown)
    view.set_look(MapLook(locked=True))
    benchmark.group = "a frame of four panes of 24 MP"
    _measured(benchmark, view)


def test_plain(benchmark, view, pictures):
    """The plain way: the whole image smoothly scaled to its size on the screen, then drawn where it belongs."""
    sides = [pane.canvas.viewport().size() for pane in view.panes]
    zooms = itertools.cycle((0.9, 0.3, 0.6))
    smooth, ignore = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.IgnoreAspectRatio

    def frame():
        zoom = next(zooms)
        for side, picture in zip(sides, pictures, strict=True):
            out = QImage(side, QImage.Format.Format_RGB32)
            painter = QPainter(out)
            scaled = picture.levels[0].scaled(QSize(round(SIZE[0] * zoom), round(SIZE[1] * zoom)), ignore, smooth)
            painter.drawImage(-100, -100, scaled)
            painter.end()

    benchmark.group = "a frame of four panes of 24 MP"
    benchmark.pedantic(frame, rounds=3, warmup_rounds=1)
