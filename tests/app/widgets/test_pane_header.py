"""The header of a pane: what gives way where there is little room."""

import pytest

from app.widgets.pane_header import PaneHeader
from core.examine import LayerKind


@pytest.fixture
def header(qtbot):
    made = PaneHeader("A")
    qtbot.addWidget(made)
    made.set_active(active=True, alone=False)
    made.set_detectors(((None, "field 0.3"),), None)
    made.show()
    return made


def test_a_long_name_gives_way_before_layer_and_detector(header, qtbot):
    header.set_exhibit("a_very_long_name_of_an_exhibit_from_a_telephone_2026-11-21_final.png")
    header.resize(400, 30)
    for kind in LayerKind:
        header.set_layer(kind)
        qtbot.wait(20)
        assert "…" not in header.layer.text()
        assert header.detector.text() == "field 0.3"
    assert "…" in header.exhibit.text()


def test_captions_are_cut_anew_for_another_font(header, qtbot):
    header.set_exhibit("cup.png")
    header.resize(400, 30)
    font = header.font()
    font.setPointSizeF(font.pointSizeF() * 1.4)
    header.layer.setFont(font)
    qtbot.wait(20)
    assert header.layer.text() == "Image"
