"""Explanations as pictures and numbers on the disk, for exhibits of a case or for one image file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.domain import ExhibitFilter, ExhibitLine, Finding
from core.errors import AnswerHidden, BadInput, Cancelled, CoreError, DiskFull, NotFound, error_from_os
from core.examine import HeatMap, MapQuestion
from core.imaging.decode import StoredPixels
from core.imaging.digest import digests_of
from core.imaging.evidence import stored_evidence
from core.imaging.sources import file_chunks
from core.paths import CASE_SUFFIX
from core.progress import Progress
from core.services import engine
from core.services.analysis import Analysis
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.engine import Task
from core.services.exhibits import Exhibits
from core.services.explained_layers import Row, write_layers, write_summary
from core.services.processes import Processes

_PAPERS = MapQuestion()  # layer 4, the top class, Grad-CAM of the logit


class Explanations:
    """Writes heat map, overlay, consistency grid, noise residual and its spectrum as PNG files, and their numbers.

    Args:
        cases, exhibits, analysis: for exhibits of a case.
        detectors, processes: for a single image.
    """

    def __init__(
        self, cases: Cases, exhibits: Exhibits, analysis: Analysis, detectors: Detectors, processes: Processes
    ) -> None:
        self._cases = cases
        self._exhibits = exhibits
        self._analysis = analysis
        self._detectors = detectors
        self._processes = processes

    def write(
        self,
        target_path: Path,
        out: Path,
        *,
        exhibit: str | None = None,
        question: MapQuestion = _PAPERS,
        detector: str | None = None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> list[Row]:
        """Explain a case's exhibits or one image; returns what was written, one row an image.

        The rows are written to ``explanation.json`` in the folder as well, also those of a run that is cancelled. In
        each, "image" is where the image came from: the path it was taken in from, or that of the image file. An
        exhibit that cannot be explained has "reason", which is empty otherwise, and no pictures; "hidden" is there
        where a blind case hides its answer from this examiner. The case is opened read-only.

        Args:
            target_path: a case, or an image file.
            out: folder for the pictures; made if need be.
            exhibit: only the exhibit whose SHA-256 begins so.
            question: what the heat map is to show.
            detector: path, digest or name.
            device: for attributing a single image.
            progress: report and cancel point.

        Raises:
            BadInput: the image lies inside a case, where it is an exhibit; a single image is out of scope.
            NotFound: there is no such case, image, exhibit or detector.
        """
        progress = progress or Progress()
        if target_path.suffix == CASE_SUFFIX:
            self._cases.open(target_path, read_only=True)
            return self._write_exhibits(self._chosen(exhibit), _made(out), question, detector, progress)
        _require_outside(target_path)
        rows = [self._write_image(target_path, _made(out), question, detector, device, progress)]
        write_summary(rows, out)
        return rows

    def write_open_case(self, out: Path, *, progress: Progress) -> list[Row]:
        """Explain every exhibit of the open case, as `write` does."""
        return self._write_exhibits(self._chosen(None), _made(out), _PAPERS, None, progress)

    def _chosen(self, exhibit: str | None) -> list[ExhibitLine]:
        lines = self._exhibits.lines(self._exhibits.ids(ExhibitFilter()))
        chosen = [line for line in lines if exhibit is None or (exhibit and line.sha256.startswith(exhibit.lower()))]
        if not chosen:
            raise NotFound("The case has no such exhibit." if exhibit is not None else "The case has no exhibits yet.")
        return chosen

    def _write_exhibits(
        self, chosen: list[ExhibitLine], out: Path, question: MapQuestion, detector: str | None, progress: Progress
    ) -> list[Row]:
        if detector is not None:
            self._detectors.find(detector)  # that there is none is no fault of each exhibit
        rows: list[Row] = []
        try:
            progress.start("Explaining", len(chosen), "exhibits")
            for line in chosen:
                rows.append(self._row(line, out, question, detector, progress))
                progress.step(text=line.name)
        finally:
            write_summary(rows, out)
        return rows

    def _row(
        self, line: ExhibitLine, out: Path, question: MapQuestion, detector: str | None, progress: Progress
    ) -> Row:
        occurrences = self._exhibits.get(line.id).occurrences
        image = occurrences[0].path if occurrences else line.name
        try:
            finding = self._analysis.finding(line.id, detector)
            if finding is None or finding.architecture is None:
                raise BadInput(finding.reason if finding else "This exhibit is not analysed yet; run analyze first.")
            path = self._exhibits.evidence(line.sha256)
            stored = self._stored(path, finding, progress)
            map_ = self._analysis.heat_map(line.id, question, detector=detector, progress=progress)
            return _drawn(image, f"{Path(line.name).stem[:40]}-{line.sha256[:8]}", stored, finding, map_, out)
        except (Cancelled, DiskFull):
            raise
        except CoreError as error:
            hidden = {"hidden": True} if isinstance(error, AnswerHidden) else {}
            return {"image": image, "sha256": line.sha256, **hidden, "reason": str(error)}

    def _write_image(
        self,
        path: Path,
        out: Path,
        question: MapQuestion,
        detector: str | None,
        device: str,
        progress: Progress,
    ) -> Row:
        if not path.is_file():
            raise NotFound(f"{path} does not exist, or is neither an image nor a case ({CASE_SUFFIX}).")
        chosen, limit = self._detectors.find(detector), self._processes.pixel_limit
        task = Task(digests_of(file_chunks(path, str(path))).sha256, path)
        progress.start("Explaining", 1, "images")
        answer = self._processes.analyse(engine.attribute, chosen.path, device, [task], limit, progress=progress)
        finding = answer.findings[0]
        if isinstance(finding, str):
            raise CoreError(finding)
        if finding.architecture is None:
            raise BadInput(f"{path}: {finding.reason}")
        question = replace(question, target=question.target or finding.architecture)
        map_ = self._processes.analyse(engine.heat_map, chosen.path, task, question, limit, progress=progress)
        stored = self._stored(path, finding, progress)
        row = _drawn(str(path), path.stem[:60], stored, finding, map_, out)
        progress.step()
        return row

    def _stored(self, path: Path, finding: Finding, progress: Progress) -> StoredPixels:
        stored: StoredPixels = self._processes.read(
            stored_evidence, path, finding.exhibit_sha256, self._processes.pixel_limit, progress=progress
        )
        return stored


def _drawn(image: str, stem: str, stored: StoredPixels, finding: Finding, map_: HeatMap, out: Path) -> Row:
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in stem)
    row = write_layers(image, stored.pixels, finding, map_, out / name)
    return {**row, "orientation": {"exif": stored.orientation, "applied": False}, "reason": ""}


def _made(out: Path) -> Path:
    """The folder for the pictures; made if need be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        file = next((place for place in (out, *out.parents) if place.exists()), out)
        raise BadInput(f"{file} is a file, and the pictures need a folder. Choose another --out.") from error
    except OSError as error:
        raise error_from_os(error, out, doing="making the folder") from error
    return out


def _require_outside(image: Path) -> None:
    """Refuse an image that lies inside a case: a blind case hides the answer about it."""
    for place in (*image.absolute().parents, *image.resolve().parents):
        if place.suffix == CASE_SUFFIX and place.is_dir():
            raise BadInput(f"This image lies inside the case {place}; explain the case and name the exhibit.")
