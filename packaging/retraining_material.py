"""What a retraining is shown on: toy images, a parent that remembers its own, and a case with an issued report."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from toy_generators import PHOTOGRAPHS, Toys, plant_faults

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "resources" / "sample_case" / "images"
EXAMINER = "A. Moreau"
NEW = "toy-transposed"
OLD = ("toy-nearest", "toy-shuffle")
PARENT = """
[card]
name = "toys"
version = "1"
title = "Toy detector"
summary = "Tells photographs from two toy generators; made to show a retraining."
licence = "Apache-2.0"
limits = ["It was made to show a retraining, and is no tool for evidence."]
[preprocess]
kind = "native"
channels = "residual"
window_px = 32
[schedule]
steps = 120
images_per_class = 3
crops = 4
crop_px = 32
region_px = 96
lr = 1e-3
lr_step = 40
lr_gamma = 0.6
averaging = 0.9
validate_every = 60
validate_images = 6
[holdout]
share = 0.25
"""


@dataclass(frozen=True, slots=True)
class Material:
    """Where everything lies, all of it below one folder.

    Attributes:
        place: the folder.
    """

    place: Path

    @property
    def new(self) -> Path:
        """Images of the class that is added, ``<source>/*.png``, with a few faults."""
        return self.place / "images" / NEW

    @property
    def home(self) -> Path:
        """Settings, detectors and drafts of this showing alone."""
        return self.place / "home"

    def prepare(self) -> None:
        """Make what is not there yet, which takes some minutes, and forget earlier showings; sets DNADET_HOME."""
        os.environ["DNADET_HOME"] = str(self.home)
        if not (self.place / "images").is_dir():
            self._write_images()
        if not any(self.home.glob("detectors/*.rehearsal")):
            self._train_parent()
        if not (self.place / "letter.dnacase").is_dir():
            self._make_case()
        self._forget()

    def _write_images(self) -> None:
        toys, place = Toys(SAMPLE / "camera"), self.place / "images"
        for kind, photographs, seed, generators, count in (
            ("learned", PHOTOGRAPHS[:5], 1, (1, 2, 3), 16),
            ("test", PHOTOGRAPHS[5:], 2, (4, 5), 12),
        ):
            toys.real(place / kind / "real", photographs, seed, count)
            for name in OLD:
                for generator in generators:
                    toys.generated(place / kind / name / f"model-{generator}", name, generator, seed, 20)
        for generator in (1, 2, 3):
            toys.generated(self.new / f"model-{generator}", NEW, generator, 3, 20)
        toys.generated(place / "case" / NEW, NEW, 9, 4, 4)
        toys.generated(place / "case" / OLD[0], OLD[0], 9, 4, 6)
        plant_faults(self.new, place / "case" / OLD[0], SAMPLE / "odd" / "cut_off.jpg")

    def _train_parent(self) -> None:
        recipe, made, images = self.place / "toys.toml", self.place / "toys.safetensors", self.place / "images"
        recipe.write_text(PARENT, encoding="utf-8")
        _verb("train", recipe, "--data", images / "learned", "--out", made, "--device", "cpu")
        _verb("detectors", "install", made)
        _verb("detectors", "remember", "toys", "--data", images / "learned", "--test", images / "test")

    def _forget(self) -> None:
        """Drafts and detectors of an earlier showing go; the parent is in use again."""
        from core.services.workspace import Workspace

        shutil.rmtree(self.home / "retraining", ignore_errors=True)
        with Workspace() as workspace:
            parent = workspace.detectors.find(str(self.place / "toys.safetensors")).reference.digest
            workspace.detectors.choose(parent)
            for one in workspace.detectors.all():
                if one.path.is_relative_to(self.home) and one.reference.digest != parent:
                    one.path.unlink()

    def _make_case(self) -> None:
        from core.custody import CustodyForm, CustodyKind
        from core.domain import CaseDetails, ExhibitFilter
        from core.reporting import LaboratoryTemplate, Outcome
        from core.services.workspace import Workspace

        with Workspace() as workspace:
            workspace.settings.set("examiner", EXAMINER)
            workspace.detectors.choose(workspace.detectors.find(str(self.place / "toys.safetensors")).reference.digest)
            laboratory = LaboratoryTemplate(
                name="Example Laboratory for Images", address="12 Sample Street", marking="SAMPLE", method="none"
            )
            details = CaseDetails("Pictures in a letter", "2026/117", EXAMINER, laboratory.name)
            workspace.cases.create(self.place / "letter.dnacase", details)
            workspace.intake.take([self.place / "images" / "case"])
            received = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
            workspace.custody.add(CustodyForm(CustodyKind.RECEIVED, received, "A court", EXAMINER, "2026/117-A1"))
            workspace.analysis.attribute()
            for one in workspace.exhibits.ids(ExhibitFilter()):
                workspace.conclusions.propose(one, "a toy generator made it", "a camera made it", "toys", "none")
                workspace.conclusions.conclude(one, Outcome.INCONCLUSIVE, "A sample.", "See the detector's limits.")
            draft = replace(
                workspace.reports.draft(), laboratory=laboratory, number="2026/117-1", customer="A court",
                customer_address="1 Court Square", request="What made the pictures?", place="Exampletown",
                condition="files", sampling="none", deviations="none", external_results="none", author=EXAMINER,
                authoriser="C. Haddad", summary="A sample.", limitations="A sample.", formats=("json",),
            )  # fmt: skip
            workspace.reports.issue(draft)


def _verb(*words: object) -> None:
    subprocess.run([sys.executable, str(ROOT / "main.py"), *map(str, words)], check=True, cwd=ROOT)
