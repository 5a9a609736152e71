"""Which signers of Content Credentials are trusted: a shipped list with its date, and the analyst's own."""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from core import paths

_FILE_LIMIT = 8 << 20  # bytes
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """Certificates that a signer's chain may end in.

    Attributes:
        shipped, own: PEM texts, "" for none.
        told: which lists these are, in one sentence.
        problem: why the analyst's own list could not be used, or "".
    """

    shipped: str
    own: str
    told: str
    problem: str = ""


def trust_anchors(own_file: str = "", folder: Path | None = None) -> TrustAnchors:
    """The anchors in force.

    Args:
        own_file: PEM file of the analyst, "" for none; one that cannot be used is told in `problem`.
        folder: where the shipped list lies; None is the program's own.
    """
    folder = folder or paths.resources() / "trust"
    about = tomllib.loads((folder / "anchors.toml").read_text(encoding="utf-8"))
    shipped = _certificates((folder / "anchors.pem").read_text(encoding="utf-8"))
    own, problem = _own(own_file)
    told = f"{about['name']} of {about['date']}: {_count(shipped)}."
    if own:
        told += f" Own list: {_count(own)}."
    return TrustAnchors("\n".join(shipped), "\n".join(own), told, problem)


def _own(own_file: str) -> tuple[list[str], str]:
    if not own_file.strip():
        return [], ""
    path = Path(own_file.strip()).expanduser()
    try:
        with path.open("rb") as stream:
            text = stream.read(_FILE_LIMIT).decode("utf-8", "replace")
    except (OSError, ValueError):
        return [], f"The file of own trust anchors {path} cannot be read. Choose another one in the settings."
    found = _certificates(text)
    if not found:
        return [], f"The file of own trust anchors {path} holds no certificate in PEM form."
    return found, ""


def _certificates(text: str) -> list[str]:
    """The certificates of a PEM text, each as a block of its own; what is none is left out."""
    return [found.group() for found in _CERTIFICATE.finditer(text) if _is_der(found.group(1))]


def _is_der(body: str) -> bool:
    try:
        data = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        return False
    length_bytes = data[1] & 0x7F if len(data) > 1 and data[1] & 0x80 else 0
    inside = int.from_bytes(data[2 : 2 + length_bytes], "big")
    return data[:1] == b"\x30" and 1 <= length_bytes <= 4 and len(data) == 2 + length_bytes + inside


def _count(certificates: list[str]) -> str:
    if not certificates:
        return "no certificates, so no signer is trusted by it"
    return "1 certificate" if len(certificates) == 1 else f"{len(certificates)} certificates"
