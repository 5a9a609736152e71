"""The map in words: what it shows, how it came about, and what must not be read into it."""

from __future__ import annotations

from app.wording import counted, exhibits_text
from core.examine import EmbeddingMap

PCA = "PCA"
NO_CASE = "No case is open.\nThe map shows where the exhibits of a case lie among others."
NOTHING = (
    "There is nothing to place on the map yet.\n"
    "It needs exhibits that the current detector has analysed and found within its scope."
)
DRAWING = "Reading the exhibits …"
STOPPED = "Stopped before the end: the points stay where they were. Choose the method again to go on from the start."
NOTES = {
    PCA: "The two directions in which the features spread most; what lies together here may be apart in the other 510.",
    "t-SNE": "Near neighbours stay together; distances between far groups, and the size of a group, mean nothing.",
    "t-SNE, the paper's preset": (
        "As in figure 1 of the DNA-Det paper (perplexity 15). Near neighbours stay together; distances between far "
        "groups, and the size of a group, mean nothing."
    ),
}


def status(drawn: EmbeddingMap, *, stopped: bool = False) -> str:
    """One paragraph on what is seen."""
    classes = len(set(drawn.reference_labels))
    what = f"{drawn.method}: {exhibits_text(len(drawn.exhibit_ids))}"
    if classes:
        images = counted(len(drawn.reference_labels), "reference image", "reference images")
        what += f", and {images} of {counted(classes, 'class', 'classes')} as clouds"
    parts = [f"{what}.", _how_far(drawn, stopped=stopped), NOTES.get(drawn.method, ""), *drawn.remarks]
    if drawn.left_out:
        be = "is" if len(drawn.left_out) == 1 else "are"
        parts.append(
            f"{exhibits_text(len(drawn.left_out))} {be} left out: out of this detector's scope, or not analysed by it."
        )
    if drawn.hidden:
        stay = "stays" if drawn.hidden == 1 else "stay"
        parts.append(f"{exhibits_text(drawn.hidden)} {stay} hidden until you have written down your own view.")
    return " ".join(filter(None, parts))


def groups_text(drawn: EmbeddingMap) -> str:
    """What the search for groups found."""
    if not drawn.clusters:
        if not drawn.final and not drawn.share:
            return "Looking for groups among the exhibits of unknown architecture …"
        return "No group stands out among the exhibits of unknown architecture."
    count = counted(len(drawn.clusters), "group", "groups")
    return f"{count} of exhibits of unknown architecture that resemble each other. Proposals, not findings."


def chip_text(members: int) -> str:
    """What stands on the outline of a proposed group."""
    return f"{members} alike · make a group"


def _how_far(drawn: EmbeddingMap, *, stopped: bool) -> str:
    if stopped:
        return STOPPED
    if drawn.final:
        return ""
    if drawn.method == PCA:
        return "Looking for groups …"
    return f"Still being refined ({drawn.share:.0%})."
