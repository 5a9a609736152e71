from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLabel

from app import theme
from app.widgets.robustness_plot import RobustnessPlot
from app.widgets.robustness_view import RobustnessView
from app.widgets.robustness_words import points
from core.domain import Verdict
from core.examine import Robustness, RobustnessStep
from core.survival import PRESETS
from tests.app.examine_fakes import DETECTOR, TITLES

SD, REAL = "stable-diffusion-1", "real"
STEPS = (
    RobustnessStep("JPEG", 95, "JPEG quality 95", Verdict.ATTRIBUTED, 0.9, SD, 0.9),
    RobustnessStep("JPEG", 85, "JPEG quality 85", Verdict.INCONCLUSIVE, 0.55, SD, 0.55),
    RobustnessStep("JPEG", 75, "JPEG quality 75", Verdict.ATTRIBUTED, 0.1, REAL, 0.85),
    RobustnessStep("Resize", 50, "a reduction to 50 %", Verdict.OUT_OF_SCOPE, 0.0, None, 0.0),
    RobustnessStep("Light", -0.5, "light 0.5 stops darker", Verdict.UNKNOWN, 0.7, SD, 0.7),
    RobustnessStep("Light", 0.5, "light 0.5 stops brighter", Verdict.ATTRIBUTED, 0.8, SD, 0.8),
)
CHECK = Robustness(
    "a" * 64,
    DETECTOR,
    1,
    "standard",
    SD,
    Verdict.ATTRIBUTED,
    0.91,
    STEPS,
    datetime(2026, 11, 21, 9, tzinfo=UTC),
    "CPU",
    12345,
)


@pytest.fixture
def view(qtbot):
    made = RobustnessView()
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    made.set_robustness(CHECK, TITLES)
    return made


def cells(view):
    return [[view.table.index(row, column).data() for column in range(4)] for row in range(view.table.rowCount())]


def test_each_curve_has_a_plot_and_the_sentence_how_far_the_answer_survives(view):
    assert list(view.plots) == ["JPEG", "Resize", "Light"]
    assert view.sentences["JPEG"].text() == (
        "The attribution to Stable Diffusion 1 survives as far as JPEG quality 95; with JPEG quality 85, it becomes "
        "inconclusive."
    )
    assert view.summary.text() == "Attributed to Stable Diffusion 1: the same after 2 of 6 steps."
    assert "CPU" in view.details.text()
    assert "seed" not in view.details.text()
    view.set_robustness(replace(CHECK, preset="yu2019"), TITLES)
    assert view.details.text().endswith("seed 12345")


def test_points_stand_in_order_and_the_untouched_image_has_its_place(view):
    assert [point.label for point in points(CHECK, "JPEG", TITLES)] == ["as is", "95", "85", "75"]
    assert [point.label for point in points(CHECK, "Light", TITLES)] == ["−0.5", "as is", "+0.5"]
    plot = view.plots["JPEG"]
    across = [plot.place(number).x() for number in range(4)]
    assert across == sorted(across)
    heights = [plot.place(number).y() for number in range(4)]
    assert heights == sorted(heights)  # the score falls
    low, high = (plot.place(number).y() for number in (3, 0))
    assert (low - high) / (0.91 - 0.1) == pytest.approx((heights[2] - high) / (0.91 - 0.55))


def test_verdicts_differ_by_mark_and_not_by_colour_alone(qtbot):
    marks = {}
    for verdict in Verdict:
        for other in (False, True):
            plot = RobustnessPlot()
            qtbot.addWidget(plot)
            plot.resize(60, 110)
            step = RobustnessStep("Blur", 1, "a blur", verdict, 0.5, REAL if other else SD, 0.5)
            plot.set_points(points(replace(CHECK, steps=(step,)), "Blur", TITLES)[1:], "Blur")
            image, middle = plot.grab().toImage(), plot.place(0).toPoint()
            around = (image.pixelColor(middle + QPoint(x, y)) for y in range(-7, 8) for x in range(-7, 8))
            ink = theme.colours(plot.palette()).verdicts[verdict][0]
            marks[verdict, other] = tuple(colour.name() == ink for colour in around)
    assert sum(marks[Verdict.ATTRIBUTED, False]) > 40
    different = {key: shape for key, shape in marks.items() if key[0] in (Verdict.ATTRIBUTED, Verdict.INCONCLUSIVE)}
    different |= {key: shape for key, shape in marks.items() if not key[1]}
    assert len(set(different.values())) == len(different) == 6


def test_a_screen_reader_gets_every_step(view):
    spoken = view.plots["JPEG"].accessibleDescription()
    assert spoken.startswith("The image as it is: Attributed, score 0.91. JPEG quality 95: Attributed, score of Stable")
    assert spoken.endswith(
        "JPEG quality 75: Attributed, score of Stable Diffusion 1 0.10. On top: Real photograph 0.85."
    )
    assert "out of scope" in view.plots["Resize"].accessibleDescription()
    view.fold.setChecked(True)
    assert view.rows.isVisible()
    assert len(cells(view)) == len(STEPS)
    assert cells(view)[2] == ["JPEG 75", "Attributed", "0.10", "Real photograph"]
    assert cells(view)[3] == ["Resize 50", "Out of scope", "0.00", "–"]
    said = [view.table.item(2, column).accessibleText() for column in range(4)]
    assert said == ["JPEG quality 75", "Attributed", "0.10", "Real photograph 0.85"]
    assert view.table.headerData(3, Qt.Orientation.Horizontal) == "On top"
    assert "Attributed to another" in view.legend.accessibleDescription()


def test_the_wish_names_the_preset_and_a_running_check_can_be_cancelled(view, qtbot):
    assert view.button.text() == "Check again"
    with qtbot.waitSignal(view.preset_chosen) as chosen:
        view.presets.setCurrentIndex(2)
    assert chosen.args == ["dnadet2021"]
    assert "0 % up or down" in view.meaning.text()
    assert view.button.text() == "Check"
    with qtbot.waitSignal(view.check_wished) as wished:
        qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    assert wished.args == ["dnadet2021"]
    view.set_busy("JPEG quality 75 · 3 / 22 steps")
    assert not view.presets.isEnabled()
    assert view.working.isVisible()
    with qtbot.assertNotEmitted(view.check_wished), qtbot.waitSignal(view.cancel_wished):
        qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    view.set_busy("")
    assert view.working.isHidden()
    with qtbot.assertNotEmitted(view.preset_chosen):
        view.set_robustness(CHECK, TITLES)
    assert (view.preset, view.button.text()) == ("standard", "Check again")


def test_without_a_check_it_offers_one_or_says_why_not(view):
    view.set_robustness(None, TITLES)
    assert view.state.text().startswith("Not checked yet.")
    assert view.summary.isHidden()
    assert view.plots == {}
    assert view.table.rowCount() == 0
    view.set_possible("There is no answer to check: the image is flat.")
    assert not view.button.isEnabled()
    assert view.state.text() == "There is no answer to check: the image is flat."
    view.set_busy("on the way")
    assert view.button.isEnabled()  # to cancel
    view.set_busy("")
    view.set_possible("")
    assert view.button.isEnabled()
    assert view.state.text().startswith("Not checked yet.")
    view.say("The case is open read-only.")
    assert view.state.text() == "The case is open read-only."


def test_every_preset_says_what_it_means(view):
    for number, preset in enumerate(PRESETS):
        view.presets.setCurrentIndex(number)
        assert view.meaning.text() == preset.meaning
        assert preset.meaning[:30] in view.presets.itemData(number, Qt.ItemDataRole.ToolTipRole)


def test_text_of_a_strange_card_is_never_markup(view):
    evil = "<b>x</b>\u202e"
    steps = (replace(STEPS[0], top="evil", text="<i>JPEG</i>\u202e", curve="<u>curve</u>"),)
    view.set_robustness(replace(CHECK, steps=steps, architecture="evil"), {"evil": evil})
    texts = [label.text() for label in view.findChildren(QLabel)]
    assert not any("\u202e" in text for text in texts)
    for label in view.findChildren(QLabel):
        if "<" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText
    assert "\u202e" not in str(cells(view))


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK])
def test_nothing_is_cut_off_in_a_narrow_panel(view, qtbot, scheme):
    before = QApplication.palette()
    try:
        view.setPalette(theme.build_palette(scheme))
        view.resize(340, 500)
        qtbot.waitUntil(lambda: view.widget().width() <= 340)
        assert view.widget().minimumSizeHint().width() <= 320
        inside = view.widget().width()
        for plot in view.plots.values():
            assert 0 <= plot.x() <= plot.x() + plot.width() <= inside
            ground = plot.grab().toImage().pixelColor(plot.width() - 1, plot.height() - 1)
            assert ground == view.palette().color(QPalette.ColorRole.Window)
        for label in (view.summary, view.meaning, *view.sentences.values()):
            assert label.height() >= label.heightForWidth(label.width())
    finally:
        QApplication.setPalette(before)
