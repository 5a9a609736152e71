"""Certificates that sign reports: read from an examiner's PKCS#12 file, or made here."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import pkcs12 as pkcs12_form
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from core.errors import BadInput, error_from_os
from core.reporting import Signatory

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_LONGEST_FILE = 4 << 20
LONGEST_NAME = 64  # RFC 5280, upper bound of a common name
_SHORTEST_PASSWORD = 8
_DAY = timedelta(days=1)
_YEARS = 3
_NO_PKCS12 = "{} is no PKCS#12 file, or it is damaged. Choose a file that ends in .p12 or .pfx."
_MOST_ITERATIONS = 10_000_000
_COSTS = frozenset({"iterations", "iteration_count", "cost_parameter", "parallelization_parameter", "block_size"})
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Credentials:
    """A private key with its certificate and the certificates above it; never leaves `core.report`."""

    key: Key
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()
    own: bool = False


def signatory(credentials: Credentials) -> Signatory:
    """Whose certificate it is, for people."""
    certificate = credentials.certificate
    return Signatory(
        name=name_of(certificate.subject),
        issuer=name_of(certificate.issuer),
        own_seal=credentials.own,
        self_signed=is_self_signed(certificate),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        fingerprint=fingerprint(certificate),
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def name_of(name: x509.Name) -> str:
    """The common name in a certificate's name, else all of it; hostile text."""
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether the certificate was signed with its own key."""
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def read_pkcs12(path: Path, password: str) -> Credentials:
    """Take key and certificate out of a PKCS#12 file (.p12, .pfx).

    Raises:
        BadInput: it is no such file, the password is wrong, it holds no private key, or one that cannot sign a report.
        NotFound, NoPermission, CoreError: it cannot be read.
    """
    data = _content(path)
    _require_bounded(path, data)
    try:
        loaded = pkcs12.load_pkcs12(data, password.encode() or None)
    except UnsupportedAlgorithm as error:
        raise BadInput(
            f"{path} is encrypted in an old way (RC2 or similar) that this program does not open. Import it into your "
            "key store and export it again with AES, for instance with a current OpenSSL."
        ) from error
    except (ValueError, TypeError) as error:
        raise BadInput(_not_opened(path, data)) from error
    if loaded.key is None or loaded.cert is None:
        missing = "private key" if loaded.key is None else "certificate that belongs to its key"
        raise BadInput(f"{path} holds no {missing}. Export it again with key and certificate.")
    chain = tuple(extra.certificate for extra in loaded.additional_certs)
    return Credentials(usable(loaded.key, path), _for_signing(loaded.cert.certificate, path), chain)


def make_pkcs12(path: Path, name: str, password: str) -> Signatory:
    """Make a self-signed certificate for three years, with its P-256 key, in a new PKCS#12 file.

    Raises:
        BadInput: no name, one that is too long, a password that is too short, or the file exists already.
        NoPermission, DiskFull, CoreError: the file cannot be written.
    """
    if len(password) < _SHORTEST_PASSWORD:
        raise BadInput(f"The password needs at least {_SHORTEST_PASSWORD} characters: it protects a signature.")
    made = self_signed(_proper(name), _YEARS)
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(200_000)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password.encode())
    )
    data = pkcs12.serialize_key_and_certificates(name.strip().encode(), made.key, made.certificate, None, encryption)
    try:
        write_new(path, data)
    except FileExistsError as error:
        raise BadInput(f"{path} exists already. Choose another name for the new certificate.") from error
    except OSError as error:
        raise error_from_os(error, path, doing="writing the certificate") from error
    return signatory(made)


def require_valid(credentials: Credentials, now: datetime) -> Credentials:
    """Answer the credentials; raise `BadInput` where the certificate is not valid at this time."""
    who = signatory(credentials)
    if now > who.valid_until:
        raise BadInput(
            f"The certificate of {who.name} expired on {who.valid_until:%Y-%m-%d}. Take a valid one, or make a new one."
        )
    if now < who.valid_from:
        raise BadInput(
            f"The certificate of {who.name} is not valid before {who.valid_from:%Y-%m-%d %H:%M} UTC, and the clock of "
            f"this computer says {now:%Y-%m-%d %H:%M} UTC. Check the clock, or take another certificate."
        )
    return credentials


def self_signed(name: str, years: int) -> Credentials:
    """A new P-256 key with a certificate for it, good for signatures from now on."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + years * 365 * _DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Credentials(key, certificate)


def _proper(name: str) -> str:
    name = name.strip()
    if not name:
        raise BadInput("Say whose certificate it is: a name is needed.")
    if len(name) > LONGEST_NAME or _UNPRINTABLE.search(name):
        raise BadInput(f"The name of a certificate has at most {LONGEST_NAME} printable characters. Shorten it.")
    return name


def _content(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > _LONGEST_FILE:
            raise BadInput(f"{path} is too large for a PKCS#12 file. Choose a file that ends in .p12 or .pfx.")
        return path.read_bytes()
    except OSError as error:
        raise error_from_os(error, path, doing="reading the certificate") from error


def _require_bounded(path: Path, data: bytes) -> None:
    """Raise `BadInput` where the file asks for more repetitions of its password check than any honest one.

    Source: RFC 7292 (MacData), RFC 8018 (PBKDF2, PBES1), RFC 7914 (scrypt).
    """
    try:
        most = max(_iterations(data), default=0)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise BadInput(_NO_PKCS12.format(path)) from error
    if most > _MOST_ITERATIONS:
        raise BadInput(
            f"{path} asks for {most:,} repetitions to check its password, and this program does at most "
            f"{_MOST_ITERATIONS:,}. Export it again with fewer."
        )


def _iterations(data: bytes) -> Iterator[int]:
    """How often a PKCS#12 file asks to repeat its password functions: for its MAC, and for each encrypted part."""
    file = pkcs12_form.Pfx.load(data)
    if isinstance(mac := file["mac_data"], pkcs12_form.MacData):
        yield int(mac["iterations"].native)
        yield from _repeated(mac["mac"]["digest_algorithm"].native)
    for part in file.authenticated_safe:
        if part["content_type"].native == "encrypted_data":
            yield from _repeated(part["content"]["encrypted_content_info"]["content_encryption_algorithm"].native)
        elif part["content_type"].native == "data":
            for bag in pkcs12_form.SafeContents.load(part["content"].native):
                if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                    yield from _repeated(bag["bag_value"]["encryption_algorithm"].native)


def _repeated(parameters: object) -> Iterator[int]:
    """Every number of repetitions in the parameters of an algorithm, however deep."""
    if isinstance(parameters, Mapping):
        for name, value in parameters.items():
            if name in _COSTS and isinstance(value, int):
                yield value
            else:
                yield from _repeated(value)


def _not_opened(path: Path, data: bytes) -> str:
    """Why a file did not open: it has the form of a PKCS#12 file and so the password is wrong, or it has not."""
    try:
        pkcs12_form.Pfx.load(data, strict=True)["auth_safe"]["content_type"].native  # noqa: B018 - reads it
    except (ValueError, TypeError, KeyError):
        return _NO_PKCS12.format(path)
    return f"The password of {path} is wrong. Type it again; capitals count."


def usable(key: object, path: Path) -> Key:
    """Answer the key; raise `BadInput` where it is of a kind that this program does not sign with."""
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _RSA_BITS:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, _CURVES):
        return key
    raise BadInput(
        f"The key in {path} is of a kind that this program does not sign with. Take an RSA key of at least "
        f"{_RSA_BITS} bits, or an elliptic curve key on P-256, P-384 or P-521."
    )


def _for_signing(certificate: x509.Certificate, path: Path) -> x509.Certificate:
    """Refuse a certificate that states it is for something else."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return certificate
    except ValueError as error:
        raise BadInput(f"The certificate in {path} is damaged. Ask its issuer for a new one.") from error
    if not (usage.digital_signature or usage.content_commitment):
        raise BadInput(f"The certificate in {path} is not made for signatures. Ask its issuer for one that is.")
    return certificate


def write_new(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read and that did not exist; nothing half-written stays."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
