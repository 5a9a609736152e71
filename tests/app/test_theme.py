import itertools

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QPushButton

from app.theme import DARK, LIGHT, apply_theme, build_palette, colours, icon, icon_pixmap
from core.paths import resources

SETS = pytest.mark.parametrize("chosen", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour):
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@SETS
def test_every_writing_can_be_read(chosen):
    grounds = (chosen.window, chosen.base, chosen.raised, chosen.chosen)
    for writing, ground in itertools.product((chosen.text, chosen.muted), grounds):
        assert contrast(writing, ground) >= 4.5, (writing, ground)
    for writing, ground in (*chosen.verdicts.values(), *chosen.notices.values(), (chosen.on_accent, chosen.accent)):
        assert contrast(writing, ground) >= 4.5, (writing, ground)


@SETS
def test_edges_of_controls_can_be_seen(chosen):
    for edge, ground in itertools.product((chosen.outline, chosen.focus, chosen.accent), (chosen.window, chosen.base)):
        assert contrast(edge, ground) >= 3.0, (edge, ground)


@SETS
def test_a_palette_leads_back_to_its_colours(qapp, chosen):
    assert colours(build_palette(chosen)) is chosen


@SETS
def test_every_icon_can_be_drawn_in_the_palette(qapp, chosen):
    for path in (resources() / "icons").glob("*.svg"):
        assert "currentColor" in path.read_text()
        drawn = icon_pixmap(path.stem, chosen.text, 24, 2.0)
        assert drawn.width() == 48
    assert icon("", QPalette()).isNull()


@pytest.fixture
def painted(qapp):
    yield qapp
    apply_theme(qapp, "light")


def test_the_choice_of_the_analyst_wins_and_widgets_follow(painted, qtbot):
    button = QPushButton()
    qtbot.addWidget(button)
    for choice, chosen in (("dark", DARK), ("light", LIGHT)):
        apply_theme(painted, choice)
        painted.processEvents()
        assert colours(painted.palette()) is chosen
        assert button.palette().color(QPalette.ColorRole.ButtonText).name() == chosen.text
    apply_theme(painted, "system")
    assert painted.style().name() == "fusion"
