from dataclasses import replace

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton

from app.widgets.blind_box import BlindBox
from app.widgets.case_form import CaseForm
from app.wizards.new_case import NewCaseWizard
from core.domain import CaseDetails

DETAILS = CaseDetails("Portraits", blind=True)


@pytest.fixture
def form(qtbot):
    made = CaseForm()
    qtbot.addWidget(made)
    made.wished = []
    made.save_wished.connect(made.wished.append)
    made.set_details(DETAILS, writable=True)
    return made


def box(widget):
    return widget.findChild(BlindBox).findChild(QCheckBox)


def test_it_says_what_follows_from_it(qtbot):
    made = BlindBox()
    qtbot.addWidget(made)
    told = " ".join(label.text() for label in made.findChildren(QLabel))
    assert "hidden" in told
    assert "log" in told


def test_the_form_shows_and_changes_it(form):
    save = form.findChild(QPushButton)
    assert box(form).isChecked()
    assert not save.isEnabled()
    box(form).click()
    assert save.isEnabled()
    save.click()
    assert form.wished == [replace(DETAILS, blind=False)]


def test_read_only_nobody_changes_it(form):
    form.set_details(DETAILS, writable=False)
    assert not box(form).isEnabled()
    assert box(form).isChecked()


def test_the_wizard_asks_for_it(qtbot, tmp_path):
    wizard = NewCaseWizard("A. Moreau", "", tmp_path)
    qtbot.addWidget(wizard)
    wizard._about._title.setText("Portraits")
    assert not wizard._about.details().blind
    box(wizard).click()
    assert wizard._about.details() == CaseDetails("Portraits", examiner="A. Moreau", blind=True)
