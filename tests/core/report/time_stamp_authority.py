"""A time-stamp authority of the tests' own, after RFC 3161."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as forms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(name, key, issuer=None, issuer_key=None, *, ca=False, stamping=False, days=30, since=None):
    since = since or datetime.now(UTC) - timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(issuer.subject if issuer else named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if stamping:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256())


class Refusal(core.Sequence):
    """An answer without a token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo)]


class Authority:
    """Answers requests; `enclose` says which certificates travel with an answer."""

    def __init__(self, name="Test Time Authority", *, enclose="all", stamping=True, self_signed=False):
        self._root_key, self._key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = certificate(f"{name} Root", self._root_key, ca=True)
        self.signer = certificate(name, self._key, self.root, self._root_key, stamping=stamping)
        if self_signed:
            self.signer = certificate(name, self._key, stamping=stamping)
        self._enclosed = {"all": (self.signer, self.root), "signer": (self.signer,), "none": ()}[enclose]

    def answer(self, request, *, at=None, status="granted", **changes):
        if status != "granted":
            return Refusal({"status": {"status": status, "status_string": ["not today"]}}).dump()
        asked = tsp.TimeStampReq.load(request)
        info = {
            "version": "v1",
            "policy": "1.2.3.4.1",
            "message_imprint": asked["message_imprint"],
            "serial_number": 17,
            "gen_time": (at or datetime.now(UTC)).replace(microsecond=0),
            "nonce": asked["nonce"].native,
            **changes,
        }
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self._token(info)}).dump()

    def _token(self, info):
        content = core.ParsableOctetString(tsp.TSTInfo(info).dump())
        signer = form(self.signer)
        named_certificate = {
            "certs": [
                {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": self.signer.fingerprint(hashes.SHA256())}
            ]
        }
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [digest(bytes(content))]},
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2(named_certificate)]},
            ]
        )
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        identity = {"issuer": signer.issuer, "serial_number": signer.serial_number}
        signed = {
            "version": "v3",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "tst_info", "content": content},
            "certificates": [cms.CertificateChoices("certificate", form(one)) for one in self._enclosed],
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": cms.SignerIdentifier("issuer_and_serial_number", identity),
                    "digest_algorithm": sha256,
                    "signed_attrs": attributes,
                    "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                    "signature": signature,
                }
            ],
        }
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def form(made):
    return forms.Certificate.load(made.public_bytes(serialization.Encoding.DER))


def digest(data):
    hashing = hashes.Hash(hashes.SHA256())
    hashing.update(data)
    return hashing.finalize()
