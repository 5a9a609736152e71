"""RFC 3161 time stamps over the head of a log: the request, and the check of what an authority answered.

The request names the digest of the log head itself, so that anybody can check the reply with other programs
(``openssl ts -verify -digest …``). Nothing is sent anywhere: the analyst carries both files.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import rfc3161_client
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from core.errors import BadInput
from core.report.certificate import name_of

LARGEST = 1 << 20
_MALFORMED = (ValueError, TypeError, KeyError, LookupError, OverflowError, UnsupportedAlgorithm)
_GRANTED = 0
_SHA256 = "2.16.840.1.101.3.4.2.1"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_NO_REPLY = "It is no reply of a time-stamp authority (.tsr), or it is damaged."


@dataclass(frozen=True, slots=True)
class Stamp:
    """A reply that was checked.

    Attributes:
        authority: name in the authority's certificate; hostile text.
        at: the time it states.
        trusted: whether the certificate leads to one of the roots that were given.
    """

    authority: str
    at: datetime
    trusted: bool


def request(digest: str) -> bytes:
    """A request for a time stamp over a log head of 64 hexadecimal digits, with a fresh nonce (DER, a .tsq file)."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes.fromhex(digest)}
    nonce = secrets.randbits(63) | 1
    made = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return bytes(made.dump())


def digest_asked(asked: bytes) -> str:
    """The digest that a request names, "" where it is no request."""
    try:
        return bytes(tsp.TimeStampReq.load(asked)["message_imprint"]["hashed_message"].native).hex()
    except _MALFORMED:
        return ""


def require_granted(reply: bytes) -> None:
    """Raise `BadInput` with the reason where a file is no reply, or one in which the authority refuses."""
    _granted(reply)


def answers(reply: bytes, asked: bytes) -> bool:
    """Whether a reply is over the digest of a request and repeats its nonce.

    Raises:
        BadInput: it is no reply, or one in which the authority refuses; the sentence says so.
    """
    info = _granted(reply).tst_info
    try:
        wanted = tsp.TimeStampReq.load(asked)
        nonce, digest = wanted["nonce"].native, wanted["message_imprint"]["hashed_message"].native
    except _MALFORMED:
        return False
    return bool(
        info.message_imprint.message == digest
        and info.message_imprint.hash_algorithm.dotted_string == _SHA256
        and info.nonce == nonce
    )


def check(reply: bytes, asked: bytes, roots: Sequence[x509.Certificate] = ()) -> Stamp:
    """Check a reply: over our digest, with our nonce, and signed with a certificate that it carries.

    Args:
        reply: the authority's answer (DER, a .tsr file).
        asked: the request.
        roots: certificates of authorities that are trusted; without any the signature is checked, and nobody vouches
            for the authority.

    Raises:
        BadInput: what is wrong with it, as a sentence.
    """
    if not answers(reply, asked):
        raise BadInput("It answers another request: its digest or its nonce is another one.")
    response = _granted(reply)
    signer = _certificate(response)
    good = _leads_to(roots, response, asked) if roots else _is_signed_by(signer, response)
    if not good:
        where = ", or its certificate does not lead to one of the trusted authorities" if roots else ""
        raise BadInput(f"Its signature is not good{where}.")
    if not _may_stamp(signer, response.tst_info.gen_time):
        raise BadInput(f"The certificate of {name_of(signer.subject)} is not made for time stamps at that time.")
    return Stamp(name_of(signer.subject), response.tst_info.gen_time, trusted=bool(roots))


def certificates_in(pem_or_der: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a file; raises `BadInput` where it has none."""
    try:
        if b"-----BEGIN" in pem_or_der:
            return tuple(x509.load_pem_x509_certificates(pem_or_der))
        return (x509.load_der_x509_certificate(pem_or_der),)
    except _MALFORMED as error:
        raise BadInput("It holds no certificate (PEM or DER).") from error


def _granted(reply: bytes) -> rfc3161_client.TimeStampResponse:
    if len(reply) > LARGEST:
        raise BadInput(_NO_REPLY)
    try:
        response = rfc3161_client.decode_timestamp_response(reply)
        status, words = response.status, response.status_string
        if status == _GRANTED:
            response.tst_info  # noqa: B018 - a reply without a token fails here
            return response
    except _MALFORMED as error:
        raise BadInput(_NO_REPLY) from error
    said = f": {', '.join(words)[:200]}" if words else ""
    raise BadInput(f"The time-stamp authority did not grant the request (status {status}{said}).")


def _certificate(response: rfc3161_client.TimeStampResponse) -> x509.Certificate:
    """The signer's certificate among the enclosed ones."""
    try:
        enclosed = [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]
        (signer,) = response.signed_data.signer_infos
        named = [one for one in enclosed if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number)]
    except _MALFORMED as error:
        raise BadInput(_NO_REPLY) from error
    if not named:
        raise BadInput("It carries no certificate of the authority. Ask for one with certificates inside.")
    return named[0]


def _leads_to(roots: Sequence[x509.Certificate], response: rfc3161_client.TimeStampResponse, asked: bytes) -> bool:
    wanted = tsp.TimeStampReq.load(asked)
    # The library trusts whatever it is given as certificate of the signer or as intermediate, so it gets neither.
    builder = rfc3161_client.VerifierBuilder(roots=list(roots), nonce=wanted["nonce"].native)
    try:
        return builder.build().verify(response, wanted["message_imprint"]["hashed_message"].native)
    except (rfc3161_client.VerificationError, *_MALFORMED):
        return False


def _is_signed_by(signer: x509.Certificate, response: rfc3161_client.TimeStampResponse) -> bool:
    """Whether the token's signature was made with the certificate's key; who stands behind it is not asked."""
    try:
        signed = cms.ContentInfo.load(response.time_stamp_token())["content"]
        (info,) = signed["signer_infos"]
        attributes = info["signed_attrs"].untag().dump()
        digests = [one["values"][0].native for one in info["signed_attrs"] if one["type"].native == "message_digest"]
        kind = _HASHES[info["digest_algorithm"]["algorithm"].native]
        if digests != [_digest(bytes(signed["encap_content_info"]["content"]), kind)]:
            return False
        key, signature, algorithm = signer.public_key(), info["signature"].native, info["signature_algorithm"]
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, attributes, ec.ECDSA(_HASHES[algorithm.hash_algo]()))
        elif isinstance(key, rsa.RSAPublicKey) and algorithm.signature_algo == "rsassa_pkcs1v15":
            by = kind if algorithm["algorithm"].native == "rsassa_pkcs1v15" else _HASHES[algorithm.hash_algo]
            key.verify(signature, attributes, padding.PKCS1v15(), by())
        else:
            return False
    except (InvalidSignature, *_MALFORMED):
        return False
    return True


def _digest(data: bytes, kind: type[hashes.HashAlgorithm]) -> bytes:
    hashing = hashes.Hash(kind())
    hashing.update(data)
    return hashing.finalize()


def _may_stamp(signer: x509.Certificate, at: datetime) -> bool:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage and (
        signer.not_valid_before_utc <= at <= signer.not_valid_after_utc
    )
