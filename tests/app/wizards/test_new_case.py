from pathlib import Path

import pytest
from PySide6.QtWidgets import QWizard

from app.wizards.new_case import NewCaseWizard, file_name
from core.domain import CaseDetails


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Election portraits", "Election portraits"),
        ("Élection / portraits: 2026", "Élection - portraits - 2026"),
        ("../../etc/passwd", "etc - passwd"),
        ("a\u202eb\x00c", "a - b - c"),
        ("CON", "CON-case"),
        ("  .hidden. ", "hidden"),
        ("x" * 300, "x" * 80),
        ("old.dnacase", "old"),
        ("???", ""),
    ],
)
def test_titles_become_names_every_file_system_takes(title, name):
    assert file_name(title) == name


@pytest.fixture
def wizard(qtbot, tmp_path):
    made = NewCaseWizard("A. Moreau", "Laboratory 3", tmp_path, (Path("/a"), Path("/b")))
    qtbot.addWidget(made)
    made.got = []
    made.create_wished.connect(lambda path, details: made.got.append((path, details)))
    made.show()
    return made


def test_a_case_needs_a_title(wizard):
    assert not wizard.button(QWizard.WizardButton.NextButton).isEnabled()
    wizard._about._title.setText("Portraits")
    assert wizard.button(QWizard.WizardButton.NextButton).isEnabled()


def test_it_says_what_will_be_taken_in(wizard):
    assert "2 paths" in wizard._about.subTitle()


def test_it_wishes_for_the_case_and_waits(wizard, tmp_path):
    wizard._about._title.setText("Portraits: 2026")
    wizard.next()
    wizard.button(QWizard.WizardButton.FinishButton).click()
    details = CaseDetails("Portraits: 2026", "", "A. Moreau", "Laboratory 3", "")
    assert wizard.got == [(tmp_path / "Portraits - 2026.dnacase", details)]
    assert wizard.isVisible()
    wizard.show_problem("Something exists there already.")
    assert wizard._place._problem.text() == "Something exists there already."
    assert wizard.button(QWizard.WizardButton.FinishButton).isEnabled()
    wizard.close_created()
    assert not wizard.isVisible()


def test_a_place_needs_a_whole_path(wizard):
    wizard._about._title.setText("Portraits")
    wizard.next()
    wizard._place._folder.setText("relative")
    assert not wizard.button(QWizard.WizardButton.FinishButton).isEnabled()
