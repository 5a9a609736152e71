"""What an exhibit's file itself shows, without any detector: its own statements, its noise residual, its spectrum."""

from __future__ import annotations

from pathlib import Path

from core.domain import RgbImage
from core.examine import FileStatements, Provenance, SpectrumPicture
from core.imaging.problems import Undecodable
from core.imaging.provenance import ProvenanceUnchecked, evidence_provenance
from core.imaging.residual import evidence_spectrum, upright_residual
from core.imaging.statements import evidence_statements
from core.imaging.trust import trust_anchors
from core.progress import Progress
from core.services.exhibits import Exhibits
from core.services.processes import Processes
from core.settings import Settings


class Files:
    """Reads evidence files in reader processes; the bytes are compared with their SHA-256 before anything else.

    Args:
        settings: the analyst's own trust anchors.
        exhibits: where the evidence lies.
        processes: the readers.
    """

    def __init__(self, settings: Settings, exhibits: Exhibits, processes: Processes) -> None:
        self._settings = settings
        self._exhibits = exhibits
        self._processes = processes

    def statements(self, exhibit_id: int, *, progress: Progress | None = None) -> FileStatements:
        """Everything the file says of itself; raises `CoreError` when its bytes are gone or were changed."""
        path, sha256 = self._evidence(exhibit_id)
        limit = self._processes.pixel_limit
        found = self._processes.read(evidence_statements, path, sha256, limit, progress=progress)
        provenance, remarks = self._provenance(path, sha256, progress)
        return FileStatements(
            found.statements,
            tuple(line for line in found.statements if line.group == "Generator"),
            found.source_type,
            found.thumbnails,
            provenance,
            (*found.remarks, *remarks),
        )

    def residual(self, exhibit_id: int, max_side: int = 4096, *, progress: Progress | None = None) -> RgbImage:
        """The noise residual as a picture, 128 + 8 × level, EXIF orientation applied."""
        path, sha256 = self._evidence(exhibit_id)
        limit = self._processes.pixel_limit
        return self._processes.read(upright_residual, path, sha256, max_side, limit, progress=progress)

    def spectrum(self, exhibit_id: int, *, progress: Progress | None = None) -> SpectrumPicture:
        """The log-spectrum of the noise residual and its peaks, in stored orientation."""
        path, sha256 = self._evidence(exhibit_id)
        return self._processes.read(evidence_spectrum, path, sha256, self._processes.pixel_limit, progress=progress)

    def _evidence(self, exhibit_id: int) -> tuple[Path, str]:
        sha256 = self._exhibits.get(exhibit_id).sha256
        return self._exhibits.evidence(sha256), sha256

    def _provenance(
        self, path: Path, sha256: str, progress: Progress | None
    ) -> tuple[Provenance | None, tuple[str, ...]]:
        """Content Credentials, read by themselves: native code that fails on them must not cost the other lines."""
        anchors = trust_anchors(self._settings.get("provenance.trust_anchors"))
        remarks = (anchors.problem,) if anchors.problem else ()
        try:
            return self._processes.read(evidence_provenance, path, sha256, anchors, progress=progress), remarks
        except ProvenanceUnchecked as error:
            return None, (*remarks, str(error))
        except Undecodable as error:  # they cost the reader its life, its time or its memory
            return None, (*remarks, f"Content Credentials were not checked: {error}")
