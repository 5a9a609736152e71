"""The seal of this installation: a certificate that it makes for itself, for reports that nobody signs in person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from core import installation
from core.errors import BadInput, error_from_os
from core.report.certificate import (
    LONGEST_NAME,
    Credentials,
    fingerprint,
    read_pkcs12,
    require_valid,
    self_signed,
    usable,
    write_new,
)
from core.reporting import SigningChoice

_YEARS = 10


def folder() -> Path:
    """Where the seals of this installation lie, with their private keys."""
    return installation.keys_folder() / "seals"


def chosen(choice: SigningChoice) -> Credentials:
    """The credentials of a choice, valid now: the PKCS#12 file, else the seal of this installation.

    Raises:
        BadInput, NotFound: the choice cannot sign.
        NoPermission, DiskFull, CoreError: no seal can be made.
    """
    now = datetime.now(UTC)
    if choice.p12 is not None:
        return require_valid(read_pkcs12(choice.p12, choice.password), now)
    valid = [seal for seal in own_seals() if _is_valid(seal, now)]
    return max(valid, key=lambda seal: seal.certificate.not_valid_after_utc, default=None) or _new_seal(folder())


def own_seals() -> tuple[Credentials, ...]:
    """Every seal this installation ever made, the expired ones too; files that are none are passed over."""
    try:
        files = sorted(folder().glob("*.pem"))
    except OSError:
        return ()
    return tuple(seal for seal in map(_seal_in, files) if seal is not None)


def _new_seal(seals: Path) -> Credentials:
    signer = installation.signer()
    name = signer.installation if signer else "an installation"
    made = self_signed(f"Seal of {name}"[:LONGEST_NAME].strip(), _YEARS)
    pem = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.certificate.public_bytes(serialization.Encoding.PEM)
    path = seals / f"{fingerprint(made.certificate)[:16]}.pem"
    try:
        seals.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(path, pem)
    except OSError as error:
        raise error_from_os(error, path, doing="making the seal of this installation") from error
    return Credentials(made.key, made.certificate, own=True)


def _seal_in(path: Path) -> Credentials | None:
    try:
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        return Credentials(usable(key, path), x509.load_pem_x509_certificate(pem), own=True)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, BadInput):
        return None


def _is_valid(credentials: Credentials, now: datetime) -> bool:
    certificate = credentials.certificate
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
