"""The signature on a detector's card: made with this installation's key over card, tensors and signer.

It shows that neither card nor weights were changed since, and that two detectors were signed by the same installation.
Name of user and computer are what the installation says of itself; only the key proves anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from core import installation
from core.dna.card import read_header, verify_weights
from core.dna.card_file import replace_card, tensors_digest
from core.errors import CoreError, DetectorRefused

PART = "signature"  # of the card
_FORMAT = "dna-det card signature 1"
_ALGORITHM = "Ed25519"
_TEXTS = ("key", "public_key", "installation", "at", "signature")
_LONGEST = 200  # letters of anything that a card says of its signer


class SignatureState(StrEnum):
    """What became of checking a signature."""

    VALID = "valid"
    INVALID = "invalid"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CardSignature:
    """Whether a detector's card is signed, by whom, and whether the signature holds.

    Attributes:
        sentence: all of it in words.
        key: short name of the key, 16 hexadecimal digits, "" without a signature.
        installation: user and computer as the signer states them.
        at: when, as the signer states it (ISO 8601, UTC).
        own: whether it is the key of this installation.
    """

    state: SignatureState
    sentence: str
    key: str = ""
    installation: str = ""
    at: str = ""
    own: bool = False


def sign(path: Path) -> CardSignature:
    """Sign a detector file with this installation's key; the file gets another digest by it.

    Raises:
        CoreError: this installation can keep no key; the file stays unsigned.
        DetectorRefused: the file is damaged.
        NotFound, NoPermission, DiskFull: it cannot be read or written.
    """
    replace_card(path, signed_card(path, read_header(path).card))
    return _require_valid(path)


def write_signed(path: Path, card: Mapping[str, Any]) -> CardSignature:
    """Give a detector file another card, signed where this installation has a key; raises as `sign`."""
    plain = {name: value for name, value in card.items() if name != PART}
    if installation.signer() is None:
        replace_card(path, plain)
        return signature_of(path)
    replace_card(path, signed_card(path, plain))
    return _require_valid(path)


def signed_card(path: Path, card: Mapping[str, Any]) -> dict[str, Any]:
    """A card with this installation's signature over it and the tensors of a file; raises `CoreError` without a key."""
    signer = installation.signer()
    if signer is None:
        raise CoreError(installation.key_problem())
    plain = json.loads(json.dumps({name: value for name, value in card.items() if name != PART}))
    who = {
        "format": _FORMAT,
        "algorithm": _ALGORITHM,
        "key": signer.key,
        "public_key": signer.public_key,
        "installation": signer.installation,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    made = signer.sign(_signed_bytes(plain, who, tensors_digest(path))).hex()
    return {**plain, PART: {**who, "signature": made}}


def signature_of(path: Path) -> CardSignature:
    """What the signature on a detector's card is worth.

    Raises:
        DetectorRefused, NotFound, NoPermission: it is no detector file, or it cannot be read.
    """
    header = read_header(path)
    part = header.card.get(PART)
    if part is None:
        return CardSignature(SignatureState.NONE, "Not signed: nothing shows whether card and weights were changed.")
    if not _is_whole(part):
        return CardSignature(SignatureState.INVALID, "The signature is damaged, or of a kind unknown here.")
    try:
        verify_weights(path, header)
    except DetectorRefused:
        return _judged(part, holds=False)
    plain = {name: value for name, value in header.card.items() if name != PART}
    who = {name: value for name, value in part.items() if name != "signature"}
    data = _signed_bytes(plain, who, tensors_digest(path))
    return _judged(part, holds=_key_fits(part) and _holds(part, data))


def _signed_bytes(card: Mapping[str, Any], who: Mapping[str, Any], tensors: str) -> bytes:
    said = {"card": card, "signer": who, "tensors": tensors}
    return json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def _is_whole(part: object) -> bool:
    if not isinstance(part, Mapping) or (part.get("format"), part.get("algorithm")) != (_FORMAT, _ALGORITHM):
        return False
    return all(isinstance(part.get(name), str) for name in _TEXTS)


def _key_fits(part: Mapping[str, Any]) -> bool:
    try:
        return bool(installation.key_name(part["public_key"]) == part["key"])
    except ValueError:
        return False


def _holds(part: Mapping[str, Any], data: bytes) -> bool:
    return installation.verify_signature(part["public_key"], part["signature"], data)


def _minute(at: str) -> str:
    """A moment as ISO 8601 has it, to the minute and in UTC; other text stays as it is."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return at
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment.tzinfo else at


def _judged(part: Mapping[str, Any], *, holds: bool) -> CardSignature:
    key, named, at = (str(part[name])[:_LONGEST] for name in ("key", "installation", "at"))
    signer = installation.signer()
    own = holds and signer is not None and signer.public_key == part["public_key"]
    if not holds:
        words = f"The signature of {named} (key {key}) does not fit: card or weights are not those that were signed."
        return CardSignature(SignatureState.INVALID, words, key, named, at)
    whose = "this installation" if own else "another installation; compare the name of its key with its owner"
    words = f"Signed on {_minute(at)} by {named}, key {key} ({whose}). Neither card nor weights were changed since."
    return CardSignature(SignatureState.VALID, words, key, named, at, own)


def _require_valid(path: Path) -> CardSignature:
    made = signature_of(path)
    if made.state is not SignatureState.VALID:
        raise CoreError(f"The signature on {path} could not be read back. Sign the detector again.")
    return made
