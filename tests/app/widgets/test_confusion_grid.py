import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QAbstractItemModelTester

from app import theme
from app.widgets.confusion_grid import Confusion, ConfusionGrid, contrast, read_confusion, shade, writing
from tests.app.card_fakes import FIGURES

TITLES = {"real": "Real photograph", "sd1": "Stable Diffusion 1", "gan": "Some GAN"}
HOSTILE = "<b>x</b>\u202e"


@pytest.fixture
def grid(qtbot):
    made = ConfusionGrid()
    qtbot.addWidget(made)
    made.set_confusion(read_confusion(FIGURES["confusion"]), TITLES)
    made.show()
    return made


def test_rows_and_columns_nobody_is_in_are_left_out():
    read = read_confusion(FIGURES["confusion"])
    assert read.rows == ("real", "sd1")
    assert read.columns == ("real", "sd1", "gan")
    assert read.counts == ((57, 3, 0), (10, 22, 8))
    assert read.absent == ("gan",)
    scoped = read_confusion({"labels": ["real", "sd1", "out of scope"], "matrix": [[1, 0, 2], [0, 0, 0]]})
    assert scoped.columns == ("real", "sd1", "out of scope")
    assert scoped.share(0, 2) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "confusion",
    [{}, {"labels": 3, "matrix": []}, {"labels": ["a"], "matrix": [3]}, {"labels": ["a", "b"], "matrix": [[1]]}],
)
def test_a_damaged_matrix_reads_as_far_as_it_goes(grid, confusion):
    grid.set_confusion(read_confusion(confusion), {})
    assert not grid.grab().isNull()


def test_without_counts_that_is_said(grid):
    grid.set_confusion(Confusion((), (), ()), {})
    assert grid.view.isHidden()
    assert "does not say" in grid._legend.text()
    assert grid.spelled.isHidden()


def test_every_cell_can_be_heard(grid):
    model = grid.view.model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    words = model.index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == "Stable Diffusion 1 called Real photograph: 10 of 40 (25.0 %)"
    assert model.headerData(1, Qt.Orientation.Vertical) == "Stable Diffusion 1  (40)"


def test_the_arrow_keys_walk_through_it_and_the_line_below_spells_the_cell(grid, qtbot):
    assert grid._legend.text().endswith("The set holds no images of: Some GAN.")
    grid.view.setFocus()
    grid.view.setCurrentIndex(grid.view.model().index(0, 0))
    qtbot.keyClick(grid.view, Qt.Key.Key_Right)
    assert grid.spelled.text() == "Real photograph called Stable Diffusion 1: 3 of 60 (5.0 %)"
    qtbot.keyClick(grid.view, Qt.Key.Key_Down)
    assert grid.spelled.text() == "Stable Diffusion 1 called Stable Diffusion 1: 22 of 40 (55.0 %)"


def test_it_is_as_large_as_its_cells_and_stays_within_bounds(grid):
    small = grid.view.size()
    names = tuple(f"class-{number}" for number in range(60))
    counts = tuple(tuple(int(row == column) for column in range(60)) for row in range(60))
    grid.set_confusion(Confusion(names, names, counts), {})
    assert grid.view.width() > small.width()
    assert grid.view.height() <= 620
    assert grid.view.verticalScrollBar().maximum() > 0


def test_text_of_a_card_is_never_markup(grid):
    grid.set_confusion(Confusion((HOSTILE,), (HOSTILE,), ((1,),)), {})
    tip = grid.view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;x&lt;/b&gt;⟨U+202E⟩" in tip


@pytest.mark.parametrize("chosen", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("right", [True, False])
def test_numbers_stand_out_on_every_shade(chosen, right):
    for tenth in range(11):
        ground = shade(chosen, tenth / 10, right=right)
        assert contrast(writing(ground), ground) >= 4.5
    assert shade(chosen, 0.0, right=right) == QColor(chosen.base)
    assert shade(chosen, 1.0, right=True) != shade(chosen, 1.0, right=False)


def test_contrast_is_that_of_the_guideline():
    assert contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21)
    assert contrast(QColor("#767676"), QColor("#ffffff")) == pytest.approx(4.54, abs=0.01)
