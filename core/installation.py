"""The signing key of this installation, and what it remembers of cases outside of them.

An anchor is the head of a case's log, noted in a file of this user when it was written. Who shortens or rewrites a log
has the case; the anchors lie elsewhere. Whoever holds both, and the key, can rewrite both: a head printed in a report
that others have is the anchor against that.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core import paths
from core.custody import LogHead

_KEY_FILE = "installation.pem"
_UID = re.compile("[0-9a-f]{32}")
_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
_LONGEST_LINE = 4096
_OF_KEPT_FILES = b"dna-det kept file 1"
_PASSING_KEY = secrets.token_bytes(32)  # where no key can be kept: what this process keeps is its own only
_TEXTS = ("key", "signature", "public_key", "why", "before")


@dataclass(frozen=True, slots=True)
class Signer:
    """The Ed25519 key with which this installation signs.

    Attributes:
        public_key: its public half, 64 hexadecimal digits.
        key: its short name, 16 hexadecimal digits of the SHA-256 of the public half.
        installation: user and computer, for people; it proves nothing.
    """

    public_key: str
    key: str
    installation: str
    _private: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        """The signature over some bytes, 64 bytes long."""
        return self._private.sign(data)

    def derived(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for another purpose, from which the signing key cannot be found."""
        return HKDF(hashes.SHA256(), 32, None, purpose).derive(self._private.private_bytes_raw())


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file as it was: its size, its first 100 bytes in hexadecimal digits, and the SHA-256 of the rest."""

    size: int
    header: str
    rest: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of a case's log, as this installation saw it.

    Attributes:
        before: digest of the head that this one followed; "" where that was not noted.
        why: what was done ("exhibit.take", "closing", …).
        file: the database as it was left, where `why` is "closing".
    """

    case_uid: str
    sequence: int
    digest: str
    at: datetime
    key: str
    signature: str
    public_key: str
    why: str
    before: str = ""
    file: FileMark | None = None


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """What the anchor file of a case holds.

    Attributes:
        anchors: of this case, in the order they were noted.
        damaged: how many lines nobody can read, or were changed.
        problem: a sentence where the file is there and cannot be read.
        strangers: how many lines are sound, and about another case.
    """

    path: Path
    anchors: tuple[Anchor, ...]
    damaged: int = 0
    problem: str = ""
    strangers: int = 0


def keys_folder() -> Path:
    """Where this installation's keys lie; only this user may read them."""
    return paths.user_folder() / "keys"


def signer() -> Signer | None:
    """The key of this installation, made at first use; None where none can be made or read (see `key_problem`)."""
    return _signer(keys_folder() / _KEY_FILE)[0]


def key_problem() -> str:
    """Why this installation cannot sign, as a sentence; "" when it can."""
    return _signer(keys_folder() / _KEY_FILE)[1]


def key_name(public_key: str) -> str:
    """The short name of a public key of 64 hexadecimal digits."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def verify_signature(public_key: str, signature: str, data: bytes) -> bool:
    """Whether a signature of 128 hexadecimal digits over `data` was made with the key; a malformed one was not."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), data)
    except (ValueError, InvalidSignature):
        return False
    return True


def head_is_signed(head: LogHead | Anchor) -> bool:
    """Whether the signature of a head is good; it is made over the 32 bytes of the digest."""
    try:
        named = key_name(head.public_key) == head.key
        return named and verify_signature(head.public_key, head.signature, bytes.fromhex(head.digest))
    except ValueError:
        return False


def code_of(name: str, content: bytes) -> bytes:
    """The code by which this installation knows a file again that it kept for later: 32 bytes over name and content.

    HMAC-SHA256; its key comes from the signing key through HKDF, so no other computer can make the code.
    """
    own = signer()
    key = own.derived(_OF_KEPT_FILES) if own else _PASSING_KEY
    known = name.encode("utf-8", "surrogateescape")
    code = hmac.new(key, len(known).to_bytes(8) + known, hashlib.sha256)
    code.update(content)
    return code.digest()


def remember(head: LogHead, why: str, *, before: str = "", file: FileMark | None = None) -> None:
    """Note a head in the anchor file of its case; what cannot be noted is not, and nothing fails for it."""
    row: dict[str, Any] = {
        "case": head.case_uid,
        "sequence": head.sequence,
        "digest": head.digest,
        "at": head.at.astimezone(UTC).isoformat(),
        "key": head.key,
        "signature": head.signature,
        "public_key": head.public_key,
        "why": why,
        "before": before,
    }
    if file is not None:
        row["file"] = {"size": file.size, "header": file.header, "rest": file.rest}
    text = _written(row)
    line = f'\n{text[:-1]},"check":"{_check(text)}"}}'
    with suppress(OSError):
        # A line that was cut short spoils no other, since each begins with the end of the one before.
        _append(_anchor_path(head.case_uid), line)


def anchors_of(case_uid: str) -> tuple[Anchor, ...]:
    """The heads of a case that this installation noted, in the order it did."""
    return anchor_file(case_uid).anchors


def anchor_file(case_uid: str) -> AnchorFile:
    """The anchor file of a case with what is wrong with it; a missing file holds no anchors."""
    path = _anchor_path(case_uid)
    try:
        with path.open("rb") as file:
            lines = [line.strip() for line in file if line.strip()]
    except FileNotFoundError:
        return AnchorFile(path, ())
    except OSError as error:
        return AnchorFile(path, (), problem=f"The anchor file {path} cannot be read: {error.strerror or error}.")
    read = [_read(line) for line in lines]
    found = [anchor for anchor in read if anchor]
    own = tuple(anchor for anchor in found if anchor.case_uid == case_uid)
    shared = path.stem != case_uid  # the file of all the cases that state no proper identity
    return AnchorFile(path, own, len(read) - len(found), strangers=0 if shared else len(found) - len(own))


def known_keys(case_uid: str) -> frozenset[str]:
    """Short names of the keys this installation has, or had when it noted anchors of this case."""
    own = signer()
    return frozenset({anchor.key for anchor in anchors_of(case_uid)} | ({own.key} if own else set())) - {""}


@lru_cache(maxsize=4)
def _signer(path: Path) -> tuple[Signer | None, str]:
    try:
        content = _key_at(path)
    except OSError as error:
        return None, f"No key can be kept at {path}: {error.strerror or error}. What is written here is not signed."
    try:
        private = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        return None, f"The key file {path} is damaged. Move it away, and a new key is made; older signatures stay good."
    public_key = private.public_key().public_bytes(*_RAW).hex()
    return Signer(public_key, key_name(public_key), _installation(), private), ""


def _key_at(path: Path) -> bytes:
    """The key file, made when there is none; of two programs that make one at the same time, one is believed."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            path.parent.chmod(0o700)
        fresh = path.with_name(f"{secrets.token_hex(8)}.partial")
        _write_private(fresh, _new_key())
        try:
            _name_once(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    return path.read_bytes()


def _name_once(fresh: Path, path: Path) -> None:
    """Give the new file its name unless somebody was faster."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    except OSError:  # drives without hard links
        if not path.exists():
            os.replace(fresh, path)


def _new_key() -> bytes:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Ed25519PrivateKey.generate().private_bytes(*form)


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _installation() -> str:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "somebody"
    return f"{user} on {socket.gethostname()}".encode("utf-8", "replace").decode()


def _anchor_path(case_uid: str) -> Path:
    """The anchor file of a case; a case that states no proper identity gets no path of its own."""
    name = case_uid if _UID.fullmatch(case_uid) else "unnamed"
    return paths.user_folder() / "anchors" / f"{name}.jsonl"


def _append(path: Path, line: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    try:
        os.write(descriptor, line.encode("utf-8"))
    finally:
        os.close(descriptor)


def _written(row: dict[str, Any]) -> str:
    return json.dumps(row, separators=(",", ":"))


def _check(text: str) -> str:
    """A short sum over a line, so that a damaged line is not taken for a rewritten log."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _read(line: bytes) -> Anchor | None:
    """The anchor of one line, or None for a line that is not as we wrote it."""
    try:
        row = json.loads(line[:_LONGEST_LINE])
        if row.pop("check") != _check(_written(row)):
            return None
        mark = FileMark(**row["file"]) if "file" in row else None
        at = datetime.fromisoformat(row["at"])
        key, signature, public_key, why, before = (str(row[name]) for name in _TEXTS)
        sequence, digest = int(row["sequence"]), str(row["digest"])
        return Anchor(str(row["case"]), sequence, digest, at, key, signature, public_key, why, before, mark)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
