from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage

from app.dialogs.verification import VerificationDialog
from app.dialogs.verifying import Verifying
from app.theme import DARK, LIGHT
from app.widgets.claim_words import ending_text, verification_lines
from core.custody import Claim, ClaimState, Verification

PASSED, FAILED, UNCHECKED = ClaimState.PASSED, ClaimState.FAILED, ClaimState.UNCHECKED
CLAIMS = (
    Claim("file is a report", PASSED, "It is the report R-1.", ("16 pages",)),
    Claim("report seal", FAILED, "At least one byte is another one.", ("<b>certificate</b>\u202e", "x" * 400)),
    Claim("issued by this case", UNCHECKED, "Not checked without the case."),
)


def made(*claims):
    return Verification("/cases/report.pdf", claims or CLAIMS, datetime(2026, 11, 21, 10, 31, tzinfo=UTC))


@pytest.fixture
def dialog(qtbot):
    shown = VerificationDialog(made())
    qtbot.addWidget(shown)
    shown.show()
    return shown


def test_what_does_not_hold_comes_first_and_is_open(dialog):
    assert [card.headline.text() for card in dialog.cards] == [
        "Report seal – FAIL",
        "File is a report – pass",
        "Issued by this case – not checked",
    ]
    failed, passed, unchecked = dialog.cards
    assert dialog.ending.text().startswith("1 of 3 claims does not hold: report seal. Nothing here vouches")
    assert "/cases/report.pdf" in dialog.subject.text()
    assert failed.details.isVisible()
    assert not passed.details.isVisible()
    assert not unchecked.more.isVisible()
    passed.more.click()
    assert passed.details.isVisible()
    assert passed.details.text() == "16 pages"


def test_hostile_details_are_shown_as_they_are_and_fit(dialog):
    failed = dialog.cards[0]
    assert "<b>certificate</b>⟨U+202E⟩" in failed.details.text()
    assert "x" * 400 in failed.details.text()
    assert failed.width() <= dialog.width()


def test_everything_can_be_copied(dialog):
    dialog.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text == dialog.text()
    for claim in CLAIMS:
        assert claim.name in text
    assert "⟨U+202E⟩" in text
    assert text.splitlines()[-1] == ending_text(made())


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_symbols_differ_without_colour(dialog, colours, qtbot, monkeypatch):
    """The symbol of each state is another picture, so that nobody needs to tell red from green."""
    monkeypatch.setattr("app.theme.colours", lambda _palette: colours)
    pictures = set()
    for card in dialog.cards:
        sign = card.grab().copy(12, 8, 26, 26).toImage()
        sign.convertTo(QImage.Format.Format_Mono)
        pictures.add(bytes(sign.constBits()))
    assert len(pictures) == 3


def test_how_it_ends_in_words():
    assert ending_text(made(CLAIMS[0])) == "Every claim holds."
    assert ending_text(made(CLAIMS[0], CLAIMS[2])).startswith("Every claim that could be checked holds; 1 could not.")
    assert ending_text(made(CLAIMS[1], CLAIMS[1])).startswith("2 of 2 claims do not hold")


def test_a_report_that_nothing_vouches_for_is_told_so_last():
    def ending(seal, issued):
        sealed, by_case = Claim("report seal", seal, "A."), Claim("issued by this case", issued, "B.")
        return verification_lines(made(sealed, by_case))[-1]

    told = "Nothing here vouches for who made this report."
    for state in (ClaimState.UNCHECKED, ClaimState.FAILED):
        assert ending(ClaimState.UNCHECKED, state).endswith(told)
        assert ending(ClaimState.FAILED, state).endswith(told)
        assert told not in ending(ClaimState.PASSED, state)
        assert told not in ending(state, ClaimState.PASSED)


def test_the_menu_verifies_a_report_against_the_open_case(stand_in, jobs, qtbot, monkeypatch):
    from PySide6.QtWidgets import QFileDialog, QWidget

    window = QWidget()
    qtbot.addWidget(window)
    verifying = Verifying(stand_in, jobs, window)
    shown = []
    monkeypatch.setattr(verifying, "show", shown.append)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/reports/one.pdf", ""))
    verifying.verbs()["case.verify_report"]()
    qtbot.waitUntil(lambda: len(shown) == 1)
    case = stand_in.open_case()
    verifying.ask_report()
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert stand_in.report_verification.asked == [
        (Path("/reports/one.pdf"), None),
        (Path("/reports/one.pdf"), case.path),
    ]
    assert str(stand_in.settings.recall("verified_folder")) == str(Path("/reports"))


def test_the_menu_verifies_the_open_case_and_nothing_without_one(stand_in, jobs, qtbot):
    from PySide6.QtWidgets import QWidget

    class CaseVerification:
        asked = ()

        def case(self, path, *, progress):
            self.asked += (path,)
            return made()

    stand_in.verification = CaseVerification()
    window = QWidget()
    qtbot.addWidget(window)
    verifying = Verifying(stand_in, jobs, window)
    verifying.verify_case()
    case = stand_in.open_case()
    verifying.verbs()["case.verify"]()
    qtbot.waitUntil(lambda: bool(window.findChildren(VerificationDialog)))
    assert stand_in.verification.asked == (case.path,)
    assert window.findChild(VerificationDialog).isVisible()
