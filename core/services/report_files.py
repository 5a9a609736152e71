"""The files of a report: each volume in every format that was asked for, and one CSV over all volumes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import error_from_os
from core.progress import Progress
from core.report import as_csv, as_html, as_json, as_jsonld, manifest
from core.report.attachment import Attachment
from core.report.record import ReportRecord
from core.report.words import words
from core.reporting import ReportFile
from core.services.report_process import Typesetter

_TYPES = {
    "report.json": ("application/json", "The report as data"),
    "report.jsonld": ("application/ld+json", "The report as CASE/UCO JSON-LD"),
    "exhibits.csv": ("text/csv", "The exhibits as a table"),
    "log.json": ("application/json", "Excerpt of the log, and where it stood"),
    manifest.NAME: ("application/json", "List of the files of the report with their SHA-256"),
}
Seal = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files of a report are written.

    Attributes:
        folder: gets the files.
        assets: the folder of the pictures; what is in it is gone in the end.
        stem: how the files' names begin.
        formats: of `core.reporting.FORMATS`.
        write: (folder, name, bytes) writes one file.
    """

    folder: Path
    assets: Path
    stem: str
    formats: Sequence[str]
    write: Callable[[Path, str, bytes], Path]


class ReportFiles:
    """Writes the files of one report and remembers their hashes.

    Args:
        place: where to.
        typesetter: makes PDF files.
        seal: seals a PDF; None leaves it as it is (a report that is not issued).
    """

    def __init__(self, place: Place, typesetter: Typesetter, seal: Seal | None) -> None:
        self._place = place
        self._typesetter = typesetter
        self._seal = seal
        self._kept: list[Path] = []
        self.files: list[ReportFile] = []

    def add(self, record: ReportRecord, progress: Progress) -> None:
        """Write one volume in every format but CSV.

        Raises:
            Cancelled: cancelling was asked for.
            DiskFull, NoPermission, CoreError: a file could not be made or written.
        """
        data, linked = as_json.write(record), as_jsonld.write(record)
        self._keep(record, data)
        if "pdf" in self._place.formats:
            self._write(record, "pdf", self._pdf(record, data, linked, progress))
        progress.check()
        if "html" in self._place.formats:
            said = words(record.identity.language)
            self._write(record, "html", as_html.write(record, self._place.assets, said))
        if "json" in self._place.formats:
            self._write(record, "json", data)
        if "jsonld" in self._place.formats:
            self._write(record, "jsonld", linked)

    def finish(self, progress: Progress) -> tuple[ReportFile, ...]:
        """Write the table of all volumes; answers every file."""
        if "csv" in self._place.formats:
            progress.check()
            name = f"{self._place.stem}.csv"
            self._note(name, b"".join(as_csv.parts(self._volumes())))
        return tuple(sorted(self.files, key=lambda file: file.name))

    def _pdf(self, record: ReportRecord, data: bytes, linked: bytes, progress: Progress) -> bytes:
        attachments = attachments_of(record, data, linked, self._place.assets)
        made = self._typesetter.pdf(data, self._place.assets, attachments, progress)
        progress.check()
        return made if self._seal is None else self._seal(made)

    def _write(self, record: ReportRecord, ending: str, data: bytes) -> None:
        part, parts = record.identity.part, record.identity.parts
        volume = f"-part-{part:0{len(str(parts))}d}-of-{parts}" if parts > 1 else ""
        self._note(f"{self._place.stem}{volume}.{ending}", data)

    def _note(self, name: str, data: bytes) -> None:
        self._place.write(self._place.folder, name, data)
        self.files.append(ReportFile(name, hashlib.sha256(data).hexdigest(), len(data)))

    def _keep(self, record: ReportRecord, data: bytes) -> None:
        """Keep the volume on the disk for the table, which comes last."""
        path = self._place.assets / f"volume-{record.identity.part}.record"
        try:
            path.write_bytes(data)
        except OSError as error:
            raise error_from_os(error, path, doing="writing the report") from error
        self._kept.append(path)

    def _volumes(self) -> Iterator[ReportRecord]:
        for path in self._kept:
            yield as_json.read(path.read_bytes())


def attachments_of(record: ReportRecord, data: bytes, linked: bytes, assets: Path) -> tuple[Attachment, ...]:
    """What travels inside the PDF of a volume; the manifest comes last and names the others."""
    contents = {
        "report.json": data,
        "report.jsonld": linked,
        "exhibits.csv": as_csv.write((record,)),
        "log.json": as_json.canonical(as_json.plain(record.log)),
    }
    found = tuple(Attachment(name, *_TYPES[name], content) for name, content in contents.items())
    listed = manifest.write(record, found, assets)
    return (*found, Attachment(manifest.NAME, *_TYPES[manifest.NAME], listed))
