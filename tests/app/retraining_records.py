"""Records of a retraining as a service would make them: a card, a finding of every kind, a measured result."""

from collections.abc import Sequence
from typing import Any

from core.retraining import CheckFinding, CheckKind, Severity, TrainingImage, WayOut

_PAIRED = (WayOut.LEAVE_OUT, WayOut.GO_ON)
CARD: dict[str, Any] = {
    "schema": 1,
    "name": "field",
    "version": "2",
    "title": "Field detector",
    "threshold": {"value": 0.9},
    "classes": [
        {"name": "real", "title": "Real photograph"},
        {"name": "progan", "title": "ProGAN"},
        {"name": "stylegan", "title": "StyleGAN"},
        {"name": "stable-diffusion-xl", "title": "Stable Diffusion XL"},
    ],
}


def findings_of(images: Sequence[TrainingImage]) -> tuple[CheckFinding, ...]:
    """One finding of each severity, with pictures, as far as there are images."""
    names = [image.sha256 for image in images]
    labels = tuple(sorted({image.label for image in images}))
    if len(names) < 12:
        return ()
    return (two_classes(names, labels), format_is_label(labels), suspects(names, labels), near_duplicates(names))


def two_classes(names: Sequence[str], labels: tuple[str, ...]) -> CheckFinding:
    return CheckFinding(
        *(CheckKind.TWO_CLASSES, Severity.STOP, "One image is in two classes."),
        "A detector that is told both learns neither. Leave it out of one of them, or out of both.",
        *(labels, (names[0], names[-1]), ((names[0], names[-1]),)),
        ways=(WayOut.LEAVE_OUT,),
    )


def format_is_label(labels: tuple[str, ...]) -> CheckFinding:
    return CheckFinding(
        *(CheckKind.FORMAT_IS_LABEL, Severity.WARNING),
        "The file format alone tells the classes apart: 94 % right where guessing gives 20 % (p < 0.001).",
        "A detector may learn the format and not the generator. Have all classes resized and re-compressed alike.",
        labels,
        figures={"accuracy": 0.94, "chance": 0.2, "p": 0.0005},
        ways=(WayOut.COMMON_PROCESSING, WayOut.ADD_IMAGES, WayOut.GO_ON),
    )


def suspects(names: Sequence[str], labels: tuple[str, ...]) -> CheckFinding:
    return CheckFinding(
        *(CheckKind.SUSPECT_LABEL, Severity.WARNING, "5 images look like another class than the one they are in."),
        "A wrong label teaches the wrong thing. Look at them; move them, or leave them out.",
        *(labels, tuple(names[1:6])),
        suggested=dict.fromkeys(names[1:6], "stylegan"),
        ways=(WayOut.MOVE, WayOut.LEAVE_OUT, WayOut.GO_ON),
    )


def near_duplicates(names: Sequence[str]) -> CheckFinding:
    pairs = tuple(zip(names[6:9], names[9:12], strict=True))
    return CheckFinding(
        *(CheckKind.NEAR_DUPLICATE, Severity.NOTE, "3 pairs of images show nearly the same picture."),
        "They are kept on one side of the split, so that no test image was learned from.",
        *((), tuple(names[6:12]), pairs),
        ways=_PAIRED,
    )


def result() -> dict[str, Any]:
    """What `training_results.measure` gives, with a few images."""
    both = {"parent": _figures(0.81), "new": _figures(0.87)}
    matrix = [[9, 1, 0, 0, 0], [0, 8, 1, 0, 1], [0, 0, 10, 0, 0], [0, 1, 0, 9, 0], [1, 0, 0, 0, 9]]
    names = ["real", "progan", "stylegan", "stable-diffusion-xl", "newgan"]
    share = {"n": 40, "correct": 37, "share": 0.925, "ci": [0.80, 0.97]}
    return {
        "set": {
            "n": 50,
            "images": 50,
            "from_features": 0,
            "digest": "9f" * 32,
            "sources": ["newgan/source-2"],
            "words": "50 images of the frozen test side, from 5 sources.",
        },
        **both,
        "classes": [_class(name, added=name == "newgan") for name in names],
        "old_classes": {"parent": share, "new": share, "mcnemar_p": 1.0},
        **{name: {"parent": value, "new": value} for name, value in _HEADLINES.items()},
        "robustness": {"steps": [_step("JPEG 75"), _step("half size")], "n": 20},
        "wrong": [],
        "confusion": {which: {"labels": names, "matrix": matrix} for which in ("parent", "new")},
        "map": {which: _points(names) for which in ("before", "after")},
        "unknowable": ["newgan has one source: how the detector does on others cannot be known."],
    }


_HEADLINES: dict[str, Any] = {
    "false_accusation": {"n": 10, "count": 0, "rate": 0.0, "ci": [0.0, 0.28]},
    "oscr": 0.83,
    "auroc_unknown": 0.88,
    "ece": 0.04,
    "cllr": 0.42,
}


def _figures(accuracy: float) -> dict[str, Any]:
    return {"n": 50, "accuracy": accuracy, "accuracy_ci": [accuracy - 0.1, accuracy + 0.08], "macro_f1": accuracy}


def _class(name: str, *, added: bool) -> dict[str, Any]:
    figures = {"n": 10, "correct": 9, "recall": 0.9, "ci": [0.6, 0.98]}
    return {"name": name, "added": added, "parent": None if added else figures, "new": figures}


def _step(name: str) -> dict[str, Any]:
    return {"name": name, "parent": {"n": 20, "correct": 15}, "new": {"n": 20, "correct": 16}}


def _points(names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"x": float(number % 5 * 3 + number // 5 % 3), "y": float(number // 5), "label": name, "said": name}
        for number in range(50)
        for name in [names[number % len(names)]]
    ]
