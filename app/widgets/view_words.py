"""An examiner's view in words."""

from __future__ import annotations

from app.widgets.plain_text import visible_lines
from app.wording import visible
from core.examine import OPINIONS, ExaminerView

_REAL, _GENERATED, _UNDECIDED = OPINIONS
CHOICES = {
    _REAL: "It is &real: a photograph",
    _GENERATED: "It is &generated, by whatever",
    _UNDECIDED: "I am &undecided",
}
_SAID = {_REAL: "real", _GENERATED: "generated", _UNDECIDED: "undecided"}
BLIND = "written before the detector's answer was shown"
NOT_BLIND = "written when the detector's answer could be seen"


def headline(view: ExaminerView) -> str:
    """Who thinks what."""
    return f"{visible(view.examiner, longest=80)}: {_SAID.get(view.opinion) or visible(view.opinion, longest=40)}"


def circumstances(view: ExaminerView) -> str:
    """When a view was written, and whether its writer knew the detector's answer."""
    return f"{view.made_at:%Y-%m-%d %H:%M} UTC · {BLIND if view.blind else NOT_BLIND}"


def reasons(view: ExaminerView) -> str:
    """The text of a view, over several lines and harmless."""
    return visible_lines(view.text.strip(), longest=20_000)
