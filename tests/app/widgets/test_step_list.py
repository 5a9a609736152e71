"""The list of a wizard's pages."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel

from app.widgets.retraining_words import STEPS
from app.widgets.step_list import StepList


def test_no_caption_is_cut_off_when_its_page_is_shown(qtbot):
    steps = StepList(STEPS | {"last": "Card, signature, notices and use"})
    qtbot.addWidget(steps)
    steps.resize(steps.minimumWidth(), 400)
    steps.show()
    for step in (*STEPS, "last"):
        steps.show_step(step)
        (label,) = (one for one in steps.findChildren(QLabel) if one.font().bold())
        steps.layout().activate()
        assert label.width() >= QFontMetrics(label.font()).horizontalAdvance(label.text())
