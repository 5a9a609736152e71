"""What the light says: words and a symbol, never colour alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from PySide6.QtCore import Qt

from app.widgets.integrity_light import IntegrityLight
from app.widgets.integrity_words import light
from core.custody import EvidenceProblem, EvidenceStanding, EvidenceState, Recheck
from core.progress import Tick

PARIS = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=PARIS)
AT = datetime(2026, 11, 21, 9, 31, tzinfo=UTC)
CHECK = Recheck("opening", 42, 42, (), True, AT, "A. Moreau", 1.0, 1)
BROKEN = tuple(
    EvidenceProblem(f"{number:064x}", EvidenceState.CHANGED, f"/evidence/{number} is another.") for number in range(3)
)


@pytest.mark.parametrize(
    ("standing", "kind", "words"),
    [
        (None, "note", "…"),
        (EvidenceStanding(0, None), "note", "No evidence yet"),
        (EvidenceStanding(42, None), "offer", "Not verified since intake"),
        (EvidenceStanding(42, CHECK), "done", "42 of 42 verified 10:31"),
        (EvidenceStanding(45, CHECK), "done", "42 of 45 verified 10:31, 3 taken in since"),
        (
            EvidenceStanding(42, replace(CHECK, at=AT - timedelta(days=1))),
            "offer",
            "Not verified since 2026-11-20 10:31",
        ),
        (EvidenceStanding(42, CHECK, BROKEN, AT), "problem", "3 of 42 are not what they were (10:31)"),
        (EvidenceStanding(42, None, BROKEN[:1], AT), "problem", "1 of 42 is not what it was (10:31)"),
        (
            EvidenceStanding(42, CHECK, BROKEN, AT - timedelta(days=9)),
            "problem",
            "3 of 42 are not what they were (2026-11-12 10:31)",
        ),
    ],
)
def test_the_words_say_how_it_stands(standing, kind, words):
    shown = light(standing, NOW)
    assert (shown.kind, shown.text) == (kind, words)


def test_every_state_has_its_symbol_and_is_told_to_screen_readers(qtbot):
    made = IntegrityLight()
    qtbot.addWidget(made)
    pictures = set()
    for standing in (EvidenceStanding(42, CHECK, BROKEN, AT), EvidenceStanding(42, None), EvidenceStanding(0, None)):
        made.set_standing(standing)
        assert made.words.text() in made.accessibleName()
        pictures.add(made._sign.pixmap().toImage().constBits().tobytes())
    assert len(pictures) == 3


def test_problems_can_be_shown_and_evidence_verified_and_stopped(qtbot):
    made = IntegrityLight()
    qtbot.addWidget(made)
    assert not made.verify.isEnabled()
    made.set_standing(EvidenceStanding(42, None))
    assert not made.show_button.isVisibleTo(made)
    with qtbot.waitSignal(made.verify_wished):
        qtbot.mouseClick(made.verify, Qt.MouseButton.LeftButton)
    made.set_busy(True)
    made.show_tick(Tick(10, 100, "Verifying evidence", "MB", 200.0, 0.4))
    assert made.words.text() == "Verifying: 10 / 100 MB · 200/s · about 1 s left"
    with qtbot.waitSignal(made.stop_wished):
        qtbot.mouseClick(made.verify, Qt.MouseButton.LeftButton)
    made.set_standing(EvidenceStanding(42, CHECK, BROKEN, AT))
    made.set_busy(False)
    with qtbot.waitSignal(made.problems_wished):
        qtbot.mouseClick(made.show_button, Qt.MouseButton.LeftButton)
    made.show_tick(Tick(10, 100, "", "MB", 0.0, None))  # one that comes late
    assert "3 of 42" in made.words.text()
