"""Content Credentials (C2PA) of a file: checked by c2pa-python, which never touches the network here.

The library is native code and the file is hostile: call this in a reader process only.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import CoreError
from core.examine import FileStatement, Provenance, ProvenanceState
from core.imaging.evidence import require_unchanged
from core.imaging.formats import HEAD_BYTES, format_of
from core.imaging.statement_lines import VALUE_LIMIT, StatementLines
from core.imaging.trust import TrustAnchors

_GROUP = "C2PA"
_MOST_PROBLEMS = 50
_MANIFEST_STORE = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"  # JUMBF content type, C2PA 2.2 section 11.1.4
_MIME_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WebP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "HEIC": "image/heic",
}
_STATES = {"Trusted": ProvenanceState.TRUSTED, "Valid": ProvenanceState.UNTRUSTED, "Invalid": ProvenanceState.INVALID}
_NONE = Provenance(ProvenanceState.NONE)


class ProvenanceUnchecked(CoreError):
    """Content Credentials cannot be checked on this system."""


def evidence_provenance(path: Path, sha256: str, anchors: TrustAnchors) -> Provenance:
    """Content Credentials of an unchanged evidence file.

    Raises:
        CoreError: the file is gone or was changed, or the library is missing (`ProvenanceUnchecked`).
    """
    require_unchanged(path, sha256)
    return read_provenance(path, anchors)


def read_provenance(path: Path, anchors: TrustAnchors) -> Provenance:
    """Content Credentials of a file; whatever is wrong with them is told in the record.

    Raises:
        ProvenanceUnchecked: the library is missing or does not start.
    """
    library = _library()
    with path.open("rb") as stream:
        row = format_of(stream.read(HEAD_BYTES))
        mime_type = _MIME_TYPES.get(row.container) if row is not None else None
        if mime_type is None:
            return _NONE  # a format that has no place for them
        stream.seek(0)
        try:
            with library.Context.from_dict(_settings(anchors)) as context:
                reader = library.Reader.try_create(mime_type, stream, None, context)
                if reader is None:
                    return _NONE
                with reader:
                    state, text = reader.get_validation_state(), reader.json()
        except library.C2paError as error:
            return _unreadable(path, str(error))
    return _told(state, text, anchors)


def _library() -> Any:  # noqa: ANN401 - a module without types
    """The library, imported only here, because it loads native code."""
    try:
        import c2pa
    except (ImportError, OSError, RuntimeError) as error:
        raise ProvenanceUnchecked(
            "Content Credentials were not checked: the C2PA library is missing on this system or does not start."
        ) from error
    return c2pa


def _settings(anchors: TrustAnchors) -> dict[str, Any]:
    """What the library is told: trust is checked, and nothing is fetched from anywhere."""
    trust = {"trust_anchors": anchors.shipped, "user_anchors": anchors.own}
    return {
        "verify": {
            "verify_trust": True,
            "verify_timestamp_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "core": {"allowed_network_hosts": []},  # a second lock: no host is allowed
        "trust": {key: pem for key, pem in trust.items() if pem},
    }


def _unreadable(path: Path, said: str) -> Provenance:
    """The library gave up: that is a broken manifest, or a file without one that is odd otherwise."""
    said = said[:VALUE_LIMIT]
    kind, _, rest = said.partition(": ")
    if kind == "Remote":
        return Provenance(
            ProvenanceState.NONE,
            problems=(f"The file only points to Content Credentials kept elsewhere. They were not fetched ({rest}).",),
        )
    if _holds_manifest(path):
        return Provenance(
            ProvenanceState.INVALID,
            statements=_cause(said),
            problems=("The file holds Content Credentials that cannot be read.",),
        )
    return Provenance(
        ProvenanceState.NONE,
        statements=_cause(said),
        problems=("No Content Credentials were found; the file could not be searched completely.",),
    )


def _cause(said: str) -> tuple[FileStatement, ...]:
    """What the library said, as a line among the details."""
    lines = StatementLines()
    lines.add(_GROUP, "Could not be read", said)
    return lines.of(_GROUP)


def _holds_manifest(path: Path) -> bool:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(_MANIFEST_STORE) >= 0


def _told(state: str | None, text: str, anchors: TrustAnchors) -> Provenance:
    """The record of what the library read; every part of its JSON may be missing or of another kind."""
    try:
        store = _mapping(json.loads(text))
    except (ValueError, RecursionError):
        store = {}
    manifest = _mapping(_mapping(store.get("manifests")).get(str(store.get("active_manifest"))))
    signature = _mapping(manifest.get("signature_info"))
    lines = StatementLines()
    lines.add(_GROUP, "Trust lists used", anchors.told)
    source_type = _add_manifest(manifest, lines)
    return Provenance(
        _STATES.get(state or "", ProvenanceState.INVALID),
        _joined(signature.get("common_name"), signature.get("issuer")),
        _generator(manifest),
        _text(signature.get("time")),
        source_type,
        lines.of(_GROUP),
        (*_problems(store), *lines.remarks),
    )


def _add_manifest(manifest: Mapping[str, Any], lines: StatementLines) -> str:
    """Add lines for a manifest; returns the first DigitalSourceType of its actions."""
    source_type = ""
    lines.add(_GROUP, "Title", _text(manifest.get("title")))
    for ingredient in map(_mapping, _sequence(manifest.get("ingredients"))):
        shown = _joined(ingredient.get("title"), ingredient.get("relationship"), ingredient.get("format"))
        lines.add(_GROUP, "Ingredient", shown or "without a title")
    for assertion in map(_mapping, _sequence(manifest.get("assertions"))):
        label, data = _text(assertion.get("label")), assertion.get("data")
        actions = [_mapping(action) for action in _sequence(_mapping(data).get("actions"))]
        if not label.startswith("c2pa.actions"):
            actions = []
        for action in actions:
            source_type = source_type or _text(action.get("digitalSourceType"))
            lines.add(_GROUP, "Action", _action(action))
        if not actions:
            lines.add(_GROUP, label or "Assertion", json.dumps(data, ensure_ascii=False))
    return source_type


def _action(action: Mapping[str, Any]) -> str:
    agent = action.get("softwareAgent")
    agent = _joined(*map(_mapping(agent).get, ("name", "version"))) if isinstance(agent, dict) else agent
    return _joined(*(action.get(key) for key in ("action", "when")), agent, action.get("digitalSourceType"))


def _generator(manifest: Mapping[str, Any]) -> str:
    infos = [_mapping(info) for info in _sequence(manifest.get("claim_generator_info"))]
    named = [f"{_text(info.get('name'))} {_text(info.get('version'))}".strip() for info in infos]
    return _joined(*named) or _text(manifest.get("claim_generator"))


def _problems(store: Mapping[str, Any]) -> tuple[str, ...]:
    codes = [_mapping(status) for status in _sequence(store.get("validation_status"))][:_MOST_PROBLEMS]
    told = (f"{_text(status.get('code'))}: {_text(status.get('explanation'))}" for status in codes)
    return tuple(dict.fromkeys(told))


def _joined(*parts: object) -> str:
    return ", ".join(dict.fromkeys(text for part in parts if (text := _text(part))))


def _text(value: object) -> str:
    return value[:VALUE_LIMIT] if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
