"""The stand-in workspace with a trained detector: a full measured result, pictures of mistakes, a signature, a run."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.domain import DetectorReference, DetectorSummary
from core.retraining import Draft, Effort, ImageGroup, RunState, RunStatus
from core.services.card_signature import CardSignature, SignatureState
from tests.app.retraining_records import CARD
from tests.app.stand_in_retraining import CLASSES, PARENT, RetrainingStandIn, StandInActivation, StandInParents

NEW = "flux-1"
NAMES = (*CLASSES, NEW)
_CLASSES = [*CARD["classes"], {"name": NEW, "title": "FLUX.1"}]
NEW_CARD: dict[str, Any] = {**CARD, "classes": _CLASSES, "calibration": {"net": 0.8, "n": 200, "set": "held-out"}}
_STEPS = ("as it is", "JPEG, quality 75", "half the size", "messenger, twice", "screenshot", "slight blur")


class TrainedStandIn(RetrainingStandIn):
    """A workspace whose draft `draft` was trained."""

    def __init__(self, folder: Path, *, pictures: Sequence[Path] = ()) -> None:
        super().__init__(folder, pictures=pictures)
        self.detectors = _Detectors(self)
        self.activation = SigningActivation(self)
        self.training_results.result = full_result(self.folder_of_draft)
        self.draft = draft_of(self)
        self.training_runs.states[self.draft.id] = RunState(
            RunStatus.FINISHED, "Done", 400, 400, "steps", detector=self.new_path, curves=curves(40)
        )

    @property
    def folder_of_draft(self) -> Path:
        return self.retraining.folder("2026-11-21-1")

    @property
    def new_path(self) -> Path:
        return self.folder_of_draft / "detector.safetensors"


class _Detectors(StandInParents):
    def find(self, wanted: str | None) -> DetectorSummary:
        if wanted and wanted.endswith("detector.safetensors"):
            reference = DetectorReference("field", "3", "ef" * 32)
            card = {**NEW_CARD, "lineage": [PARENT.digest], "trained": {"date": "2026-11-21", "images": 1_350}}
            return DetectorSummary(reference, Path(wanted), NAMES, card)
        return super().find(wanted)


class SigningActivation(StandInActivation):
    def signature_of(self, path: Path) -> CardSignature:
        if path in self.signed:
            words = "Signed on 2026-11-21T10:31:00+00:00 by moreau on lab-3, key 5e01c2aa71b4d9f0 (this installation)."
            return CardSignature(SignatureState.VALID, words, own=True)
        return CardSignature(SignatureState.NONE, "Not signed: nothing shows whether card and weights were changed.")

    def sign(self, path: Path) -> Any:
        written = super().sign(path)
        return replace(written, value=self.signature_of(path))


def draft_of(workspace: RetrainingStandIn) -> Draft:
    draft = workspace.retraining.begin(parent=workspace.detectors.current())
    group = ImageGroup(NEW, "hub-space", workspace.folder / "flux")
    return replace(draft, groups=(group,), split_digest="9f" * 32, effort=Effort.QUICK, page="training")


def curves(count: int) -> tuple[Mapping[str, float], ...]:
    return tuple(
        {
            "step": float(10 * step),
            "classification": 1.9 * math.exp(-step / 12) + 0.12,
            "contrast": 2.6 * math.exp(-step / 20) + 0.4,
            "recall": 0.92 - 0.7 * math.exp(-step / 9),
        }
        for step in range(count)
    )


def running(done: int = 180, total: int = 400) -> RunState:
    return RunState(
        *(RunStatus.RUNNING, "Learning the last layers", done, total, "steps", 148.0, 95.0, curves(max(2, done // 10))),
        remarks=("The old classes are rehearsed from 1,200 rows of features.",),
    )


def full_result(folder: Path, *, worse: bool = False) -> dict[str, Any]:
    """A result of five classes; `worse`: the new detector forgot StyleGAN."""
    lost = 30 if worse else 1
    right = {"real": (96, 96), "progan": (58, 57), "stylegan": (54, 54 - lost), "stable-diffusion-xl": (41, 43)}
    of = {"real": 100, "progan": 60, "stylegan": 60, "stable-diffusion-xl": 50, NEW: 45}
    classes = [
        {"name": name, "added": False, "parent": _recall(before, of[name]), "new": _recall(after, of[name])}
        for name, (before, after) in right.items()
    ]
    classes.append({"name": NEW, "added": True, "parent": None, "new": _recall(39, 45)})
    before, after = (sum(pair[side] for pair in right.values()) for side in (0, 1))
    return {
        "set": {
            "n": 315,
            "images": 135,
            "from_features": 180,
            "digest": "9f" * 32,
            "sources": ["flux-1/hub-space", "real/phone"],
            "words": (
                "315 test images from 9 sources. 180 of them are images of the parent's own training that it carries "
                "as features only; both detectors see with the same network, so its answers on them are exact."
            ),
        },
        "parent": _figures(0.79, 2, 100),
        "new": _figures(0.92, 1, 100),
        "classes": classes,
        "old_classes": {"parent": _share(before, 270), "new": _share(after, 270), "mcnemar_p": 0.73},
        "false_accusation": {"parent": _accused(2, 100), "new": _accused(1, 100)},
        "oscr": {"parent": 0.74, "new": 0.78},
        "auroc_unknown": {"parent": 0.81, "new": 0.83},
        "ece": {"parent": 0.06, "new": 0.05},
        "cllr": {"parent": 0.44, "new": 0.41},
        "alike": {
            which: {"n": 270, "oscr": 0.7, "auroc_unknown": value, "ece": 0.05, "cllr": 0.4}
            for which, value in (("parent", 0.8), ("new", 0.82))
        },
        "wrong_in_all": 31,
        "skipped": ["/data/real/phone/broken.jpg is cut off."],
        "robustness": {"steps": [_step(name, number) for number, name in enumerate(_STEPS)], "n": 60},
        "wrong": mistakes(folder),
        "confusion": {"parent": _confusion(CLASSES), "new": _confusion(NAMES)},
        "map": {"before": points(1, forgetful=True), "after": points(2), "same_encoder": False},
        "unknowable": [
            "FLUX.1 has one source only: how the detector does on FLUX.1 images of other publishers cannot be known.",
        ],
    }


def mistakes(folder: Path) -> list[dict[str, Any]]:
    """Six wrong answers with pictures."""
    found = []
    for number in range(6):
        sha256 = f"{number:02x}" * 32
        _picture(folder / "thumbnails" / f"{sha256}.jpg", number, warm=False)
        _picture(folder / "wrong" / f"{sha256}.png", number, warm=True)
        found.append(
            {
                "sha256": sha256,
                "path": f"/data/flux-1/hub-space/image-{number:04d}.png",
                "truth": NEW,
                "said": CLASSES[number % 4],
                "score": 0.91 - number / 20,
                "verdict": "attributed" if number < 3 else "inconclusive",
                "picture": f"wrong/{sha256}.png",
            }
        )
    return found


def points(seed: int, *, forgetful: bool = False) -> list[dict[str, Any]]:
    """Clusters of test images; `forgetful`: the added class is called other names."""
    chance, found = random.Random(seed), []
    for place, name in enumerate(NAMES):
        for number in range(40):
            angle = place * 1.25 + seed
            x, y = (9 * math.cos(angle) + chance.gauss(0, 1.6), 9 * math.sin(angle) + chance.gauss(0, 1.6))
            said = CLASSES[number % 4] if forgetful and name == NEW else name if number % 15 else CLASSES[0]
            found.append({"x": x, "y": y, "label": name, "said": said})
    return found


def _recall(correct: int, n: int) -> dict[str, Any]:
    return {"n": n, "correct": correct, "recall": correct / n, "ci": _interval(correct / n, n)}


def _share(correct: int, n: int) -> dict[str, Any]:
    return {"n": n, "correct": correct, "share": correct / n, "ci": _interval(correct / n, n)}


def _accused(count: int, n: int) -> dict[str, Any]:
    return {"n": n, "count": count, "rate": count / n, "ci": _interval(count / n, n)}


def _interval(share: float, n: int) -> list[float]:
    half = 1.96 * math.sqrt(max(share * (1 - share), 0.01) / n)
    return [max(0.0, share - half), min(1.0, share + half)]


def _figures(accuracy: float, accused: int, n: int) -> dict[str, Any]:
    known = {"n": 315, "accuracy": accuracy, "accuracy_ci": _interval(accuracy, 315), "macro_f1": accuracy - 0.02}
    return {**known, "false_accusation": _accused(accused, n), "ece": 0.05, "oscr": 0.78, "auroc_unknown": 0.83}


def _confusion(names: Sequence[str]) -> dict[str, Any]:
    matrix = [[50 - 4 * abs(row - column) if row == column else (row * column) % 4 for column in range(len(names) + 1)]
              for row in range(len(names))]  # fmt: skip
    return {"labels": [*names, "out of scope"], "matrix": matrix}


def _step(name: str, number: int) -> dict[str, Any]:
    before, after = _share(52 - 5 * number, 60), _share(54 - 4 * number, 60)
    return {"name": name, "parent": before, "new": after}


def _picture(path: Path, number: int, *, warm: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:240, 0:320]
    base = np.stack([x * 255 / 320, y * 255 / 240, np.full(x.shape, 40.0 * number)], -1)
    if warm:
        near = np.exp(-((x - 60 - 30 * number) ** 2 + (y - 120) ** 2) / 3000.0)[..., None]
        base = base * (1 - 0.7 * near) + np.array([235, 60, 20]) * 0.7 * near
    Image.fromarray(base.clip(0, 255).astype(np.uint8)).save(path)
