"""Images with Content Credentials, signed by an authority made up for the test."""

import datetime
import io
from dataclasses import dataclass

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WebP": "image/webp", "TIFF": "image/tiff"}
_NOW = datetime.datetime.now(datetime.UTC)
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Signer:
    """A key with its chain of certificates; `anchor` is the root as PEM."""

    key: bytes
    chain: bytes
    anchor: str


def make_signer(ocsp_url=None):
    """A root and a signer under it."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Test root", "Test root", root_key, root_key, ("key_cert_sign", "crl_sign"), is_authority=True)
    more = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])]
    if ocsp_url:
        place = x509.UniformResourceIdentifier(ocsp_url)
        more.append(
            x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)])
        )
    leaf = _certificate("Test signer", "Test root", key, root_key, ("digital_signature",), more=more)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signer(private, _pem(leaf) + _pem(root), _pem(root).decode())


def sign(signer, data, kind, *, remote_url=None, embedded=True, title="A <b>title</b>"):
    """The bytes of an image with a manifest that says a trained model made it."""
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=signer.chain, private_key=signer.key, ta_url=None)
    action = {"action": "c2pa.created", "digitalSourceType": TRAINED, "softwareAgent": "Painter 1"}
    manifest = {
        "claim_generator_info": [{"name": "Test Tool", "version": "1.0"}],
        "title": title,
        "format": MIME_TYPES[kind],
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [action]}},
            {"label": "org.example.note", "data": {"words": "kept as they are"}},
        ],
    }
    settings = {"verify": {"verify_after_sign": False}, "builder": {"thumbnail": {"enabled": False}}}
    with c2pa.Context.from_dict(settings) as context, c2pa.Builder(manifest, context=context) as builder:
        if remote_url:
            builder.set_remote_url(remote_url)
        if not embedded:
            builder.set_no_embed()
        out = io.BytesIO()
        builder.sign(c2pa.Signer.from_info(info), MIME_TYPES[kind], io.BytesIO(data), out)
        return out.getvalue()


def _certificate(subject, issuer, key, issuer_key, usages, *, is_authority=False, more=()):
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW - datetime.timedelta(days=1))
        .not_valid_after(_NOW + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.KeyUsage(**{usage: usage in usages for usage in _USAGES}), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(text):
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, text), x509.NameAttribute(NameOID.COMMON_NAME, text)]
    )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
