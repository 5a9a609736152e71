"""The list of everything that belongs to a report, each with its SHA-256.

{"schema": "dna-det-manifest/1",
 "report": {"uid", "number", "revision", "part", "parts"}, "log": {"case", "sequence", "digest"},
 "attachments": [{"name", "mime", "description", "size", "sha256"}], "assets": [{"name", "size", "sha256"}],
 "exhibits": [{"label", "name", "size", "sha256"}]}
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from core.errors import BadInput, error_from_os
from core.report.as_json import canonical, loads
from core.report.attachment import Attachment
from core.report.pictures import assets_of
from core.report.record import Asset, ReportRecord

SCHEMA = "dna-det-manifest/1"
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read back: uid of the report, log head, and (name, SHA-256) of everything.

    `exhibits` are named by their label in the report.
    """

    uid: str
    sequence: int
    digest: str
    attachments: tuple[tuple[str, str], ...]
    assets: tuple[tuple[str, str], ...]
    exhibits: tuple[tuple[str, str], ...]


def write(record: ReportRecord, attachments: Sequence[Attachment], assets: Path) -> bytes:
    """The manifest of a report, always the same bytes for the same report.

    Raises:
        BadInput: a picture of the report is not in `assets`, or is not the one that the record names.
    """
    identity, log = record.identity, record.log
    pictures = {one.name: one for one in assets_of(record)}
    return canonical(
        {
            "schema": SCHEMA,
            "report": {name: getattr(identity, name) for name in ("uid", "number", "revision", "part", "parts")},
            "log": {"case": record.front.case_uid, "sequence": log.sequence, "digest": log.digest},
            "attachments": [_attachment(one) for one in sorted(attachments, key=lambda one: one.name)],
            "assets": [
                {"name": one.name, "size": len(asset_bytes(one, assets)), "sha256": one.sha256}
                for one in (pictures[name] for name in sorted(pictures))
            ],
            "exhibits": [
                {"label": one.label, "name": one.name, "size": one.size_bytes, "sha256": one.sha256}
                for one in record.exhibits
            ],
        }
    )


def read(data: bytes) -> Manifest:
    """Read a manifest back. The bytes may come from anybody.

    Raises:
        BadInput: it is no manifest of a report.
    """
    found = loads(data)
    try:
        if found["schema"] != SCHEMA:
            raise BadInput(f"This is no manifest that this version reads: its schema is {found['schema']!r}.")
        return Manifest(
            str(found["report"]["uid"]),
            int(found["log"]["sequence"]),
            str(found["log"]["digest"]),
            _pairs(found["attachments"], "name"),
            _pairs(found["assets"], "name"),
            _pairs(found["exhibits"], "label"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"The manifest of the report cannot be read: {type(error).__name__} {error}.") from error


def asset_bytes(asset: Asset, folder: Path) -> bytes:
    """The bytes of a picture, as the record names them.

    Raises:
        BadInput: its name is no plain file name, it is not in the folder, or its bytes are others.
    """
    name = asset.name
    if not name or name in (".", "..") or name != PurePosixPath(name).name or name != PureWindowsPath(name).name:
        raise BadInput(f"A picture of the report has a name that is no file name: {name!r}.")
    path = folder / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise error_from_os(error, path, doing="reading a picture of the report") from error
    if hashlib.sha256(data).hexdigest() != asset.sha256:
        raise BadInput(f"The picture {path} was changed while the report was made. Make the report again.")
    return data


def _attachment(one: Attachment) -> dict[str, Any]:
    digest = hashlib.sha256(one.data).hexdigest()
    return {
        "name": one.name,
        "mime": one.mime,
        "description": one.description,
        "size": len(one.data),
        "sha256": digest,
    }


def _pairs(rows: Any, name: str) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - plain data
    return tuple((str(row[name]), str(row["sha256"])) for row in rows)
