"""Whether a PDF is still what was sealed: the one form that `core.report.seal` writes, and nothing else, is accepted.

The signature covers everything but its own place in the file. In that place only the bytes that follow from what the
signature vouches for are accepted: the container is built again from the verified parts and compared, and what is left
of the place must be zeros. So there is no byte in the file that could be another one.

Source: ETSI EN 319 142-1 (PAdES baseline), RFC 5652 (CMS), RFC 5035 (signing certificate).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pikepdf
from asn1crypto import cms, tsp
from asn1crypto import core as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from core.report.certificate import fingerprint, is_self_signed, name_of
from core.report.pdf_facts import SealFacts

_SUBFILTER = "/ETSI.CAdES.detached"
_CONTENT_TYPE, _MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_CERTIFICATES = "1.2.840.113549.1.9.16.2.47"
_CHUNK = 1 << 20
_LONGEST_PLACE = 1 << 20
_HEX = re.compile(rb"<([0-9A-F]+)>")
_PDF_TIME = re.compile(r"D:(\d{14})(?:Z|([+-])(\d{2})'(\d{2})'?)?")
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, UnsupportedAlgorithm)
NO_SEAL = "The file carries no seal: it was not issued by this program, or its seal was taken off."
_CHANGED = "The file is not the one that was sealed: at least one byte of it is another one."
_OTHER_FORM = "The seal of the file was changed, or it is not of the kind that this program makes."


class _Unsound(Exception):
    """The seal does not hold; the text is a sentence for the analyst."""


@dataclass(frozen=True, slots=True)
class _Container:
    """The verified parts of a signature container."""

    certificates: tuple[x509.Certificate, ...]  # the signer's first
    attributes: bytes
    digest: bytes
    signature: bytes
    algorithm: str


def seal_of(path: Path, pdf: pikepdf.Pdf) -> SealFacts:
    """Check the seal of an open PDF file against the bytes of the file.

    Args:
        path: the file.
        pdf: the same file, open.

    Raises:
        OSError: the file cannot be read.
    """
    facts = SealFacts("")
    try:
        dictionary = _signature_dictionary(pdf)
        first, place, second = _ranges(dictionary, path.stat().st_size)
        content = _place_content(path, place)
        container = _container(content, bytes(dictionary.Contents))
        facts = _facts(container.certificates, dictionary)
        _require(container.digest == _digest(path, first, second), _CHANGED)
        _require_valid(container, facts)
    except _Unsound as unsound:
        return replace(facts, problem=str(unsound))
    except _MALFORMED:
        return replace(facts, problem=_OTHER_FORM)
    return facts


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise _Unsound(sentence)


def _signature_dictionary(pdf: pikepdf.Pdf) -> pikepdf.Object:
    fields = pdf.Root.AcroForm.Fields if "/AcroForm" in pdf.Root and "/Fields" in pdf.Root.AcroForm else ()
    found = [field.V for field in fields if field.get("/FT") == "/Sig" and "/V" in field]
    if not found:
        raise _Unsound(NO_SEAL)
    if len(found) > 1:
        raise _Unsound(f"The file carries {len(found)} signatures, and a report carries one: it was signed again.")
    if found[0].get("/SubFilter") != _SUBFILTER:
        raise _Unsound(_OTHER_FORM)
    return found[0]


def _ranges(dictionary: pikepdf.Object, size: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """The three parts of the file as (offset, length): sealed, place of the signature, sealed."""
    numbers = [int(number) for number in dictionary.ByteRange]
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0:
        raise _Unsound(_OTHER_FORM)
    _, begin, resumed, rest = numbers
    end = resumed + rest
    if end < size:
        raise _Unsound(
            f"The file was saved again after it was signed: {size - end:,} bytes were added behind what the seal "
            "covers. Ask for the file as it was issued."
        )
    if end > size:
        raise _Unsound(f"The file is cut: {end - size:,} bytes of what was sealed are missing at its end.")
    if not 2 < resumed - begin <= _LONGEST_PLACE:
        raise _Unsound(_OTHER_FORM)
    return (0, begin), (begin, resumed - begin), (resumed, rest)


def _place_content(path: Path, place: tuple[int, int]) -> bytes:
    with path.open("rb") as stream:
        stream.seek(place[0])
        written = _HEX.fullmatch(stream.read(place[1]))
    if not written:
        raise _Unsound(_CHANGED)
    return bytes.fromhex(written[1].decode("ascii"))


def _digest(path: Path, *parts: tuple[int, int]) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for offset, length in parts:
            stream.seek(offset)
            left = length
            while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
                digest.update(chunk)
                left -= len(chunk)
    return digest.digest()


def _container(content: bytes, named: bytes) -> _Container:
    """Take the container apart, and accept it only if it can be built again from its parts, byte for byte."""
    if named != content:
        raise _Unsound(_CHANGED)
    info = cms.ContentInfo.load(content)
    signed = info["content"]
    (signer,) = signed["signer_infos"]
    found = [x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"]]
    attributes = signer["signed_attrs"].untag().dump()
    values = _attribute_values(attributes)
    container = _Container(
        certificates=_in_order(found, tsp.SigningCertificateV2.load(values[_CERTIFICATES].dump())),
        attributes=attributes,
        digest=values[_MESSAGE_DIGEST].native,
        signature=signer["signature"].native,
        algorithm=signer["signature_algorithm"]["algorithm"].native,
    )
    built = _built(container)
    if content[: len(built)] != built or content[len(built) :].strip(b"\0"):
        raise _Unsound(_CHANGED)
    return container


def _attribute_values(attributes: bytes) -> dict[str, asn1.Asn1Value]:
    """Each attribute's one value, by its kind."""
    values = {}
    for attribute in cms.CMSAttributes.load(attributes, strict=True):
        (value,) = attribute["values"]
        values[attribute["type"].dotted] = value
    if set(values) != {_CONTENT_TYPE, _MESSAGE_DIGEST, _CERTIFICATES} or values[_CONTENT_TYPE].native != "data":
        raise _Unsound(_OTHER_FORM)
    return values


def _in_order(found: Sequence[x509.Certificate], named: asn1.Asn1Value) -> tuple[x509.Certificate, ...]:
    """The certificates in the order that the signature names them by hash; all of them, and no other."""
    by_hash = {certificate.fingerprint(hashes.SHA256()): certificate for certificate in found}
    order = [one["cert_hash"].native for one in named["certs"]]
    if len(by_hash) != len(found) or sorted(by_hash) != sorted(order):
        raise _Unsound("A certificate in the seal was exchanged or changed.")
    return tuple(by_hash[one] for one in order)


def _built(container: _Container) -> bytes:
    """The container as it is written: everything in it follows from what the signature vouches for."""
    certificates = [
        cms.CertificateChoices(
            name="certificate",
            value=cms.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        )
        for certificate in container.certificates
    ]
    signer = certificates[0].chosen
    sha256 = {"algorithm": "sha256"}
    return bytes(
        cms.ContentInfo(
            {
                "content_type": "signed_data",
                "content": {
                    "version": "v1",
                    "digest_algorithms": [sha256],
                    "encap_content_info": {"content_type": "data"},
                    "certificates": certificates,
                    "signer_infos": [
                        {
                            "version": "v1",
                            "sid": cms.SignerIdentifier(
                                "issuer_and_serial_number",
                                {"issuer": signer.issuer, "serial_number": signer.serial_number},
                            ),
                            "digest_algorithm": sha256,
                            "signed_attrs": cms.CMSAttributes.load(container.attributes),
                            "signature_algorithm": {"algorithm": container.algorithm},
                            "signature": container.signature,
                        }
                    ],
                },
            }
        ).dump()
    )


def _require_valid(container: _Container, facts: SealFacts) -> None:
    """The signature is good, and the certificate was valid when it was made, by the clock that made it."""
    key = container.certificates[0].public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and container.algorithm == "sha256_rsa":
            key.verify(container.signature, container.attributes, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey) and container.algorithm == "sha256_ecdsa":
            key.verify(container.signature, container.attributes, ec.ECDSA(hashes.SHA256()))
        else:
            raise _Unsound(_OTHER_FORM)
    except InvalidSignature as error:
        raise _Unsound(_CHANGED) from error
    assert facts.valid_from is not None and facts.valid_until is not None  # noqa: PT018 - set together
    if facts.signed_at is None:
        raise _Unsound("The seal does not say when it was made.")
    if not facts.valid_from <= facts.signed_at <= facts.valid_until:
        raise _Unsound(
            f"The certificate was not valid when the file was sealed ({facts.signed_at:%Y-%m-%d %H:%M %z}): it is "
            f"valid from {facts.valid_from:%Y-%m-%d} to {facts.valid_until:%Y-%m-%d}."
        )


def _facts(certificates: tuple[x509.Certificate, ...], dictionary: pikepdf.Object) -> SealFacts:
    signer = certificates[0]
    return SealFacts(
        problem="",
        name=name_of(signer.subject),
        issuer=name_of(signer.issuer),
        self_signed=is_self_signed(signer),
        chain=_chain(certificates),
        valid_from=signer.not_valid_before_utc,
        valid_until=signer.not_valid_after_utc,
        signed_at=_time(str(dictionary.get("/M", ""))),
        fingerprint=fingerprint(signer),
        reason=str(dictionary.get("/Reason", "")),
        place=str(dictionary.get("/Location", "")),
    )


def _chain(certificates: tuple[x509.Certificate, ...]) -> tuple[str, ...]:
    """Names from the signer upwards, as far as each certificate was signed by another enclosed one."""
    chain, left = [certificates[0]], list(certificates[1:])
    while above := next((one for one in left if _issued(chain[-1], one)), None):
        chain.append(above)
        left.remove(above)
    return tuple(name_of(one.subject) for one in chain)


def _issued(certificate: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _time(text: str) -> datetime | None:
    found = _PDF_TIME.fullmatch(text)
    if not found:
        return None
    sign, hours, minutes = found[2] or "+", int(found[3] or 0), int(found[4] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=timezone(offset))
