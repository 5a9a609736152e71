from datetime import UTC, datetime, timedelta
from shutil import which
from subprocess import run

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives import serialization

from core.errors import BadInput
from core.report import time_stamp
from tests.core.report.time_stamp_authority import Authority

DIGEST = "ab" * 32


def refusal(reply, asked, roots=()):
    with pytest.raises(BadInput) as caught:
        time_stamp.check(reply, asked, roots)
    return str(caught.value)


def test_a_request_names_the_digest_itself_and_a_fresh_nonce():
    first, second = (tsp.TimeStampReq.load(time_stamp.request(DIGEST)) for _ in range(2))
    assert first["message_imprint"]["hashed_message"].native.hex() == DIGEST
    assert first["cert_req"].native is True
    assert first["nonce"].native != second["nonce"].native
    assert time_stamp.digest_asked(first.dump()) == DIGEST
    assert time_stamp.digest_asked(b"nothing") == ""


@pytest.mark.parametrize("enclose", ["all", "signer"])
def test_a_reply_is_taken_with_who_and_when(enclose):
    authority, asked = Authority(enclose=enclose), time_stamp.request(DIGEST)
    at = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
    found = time_stamp.check(authority.answer(asked, at=at), asked)
    assert (found.authority, found.at, found.trusted) == ("Test Time Authority", at, False)
    assert time_stamp.check(authority.answer(asked), asked, (authority.root,)).trusted


def test_another_request_digest_or_nonce_is_refused():
    authority, asked = Authority(), time_stamp.request(DIGEST)
    assert "answers another request" in refusal(authority.answer(time_stamp.request(DIGEST)), asked)
    assert "answers another request" in refusal(authority.answer(time_stamp.request("cd" * 32)), asked)
    nonce = tsp.TimeStampReq.load(asked)["nonce"].native
    assert "answers another request" in refusal(authority.answer(asked, nonce=nonce + 1), asked)
    other = {"hash_algorithm": {"algorithm": "sha512"}, "hashed_message": bytes.fromhex(DIGEST)}
    assert "answers another request" in refusal(authority.answer(asked, message_imprint=other), asked)


def test_a_foreign_authority_is_not_trusted_whatever_it_encloses():
    """Certificates inside a reply are what its maker put there: they never count as trusted."""
    asked = time_stamp.request(DIGEST)
    ours, foreign = Authority("Ours"), Authority("Foreign")
    for stranger in (foreign, Authority("Alone", self_signed=True), Authority("Ours")):
        reply = stranger.answer(asked)
        assert time_stamp.check(reply, asked).trusted is False
        assert "does not lead to one of the trusted authorities" in refusal(reply, asked, (ours.root,))


def test_a_certificate_without_the_right_to_stamp_or_out_of_its_time():
    asked = time_stamp.request(DIGEST)
    assert "is not made for time stamps" in refusal(Authority(stamping=False).answer(asked), asked)
    late = datetime.now(UTC) + timedelta(days=365)
    assert "is not made for time stamps" in refusal(Authority().answer(asked, at=late), asked)


def test_a_reply_without_certificates_or_a_refusal():
    asked = time_stamp.request(DIGEST)
    assert "carries no certificate" in refusal(Authority(enclose="none").answer(asked), asked)
    assert "did not grant the request (status 2: not today)" in refusal(
        Authority().answer(asked, status="rejection"), asked
    )


@pytest.mark.parametrize("reply", [b"", b"hello", b"0\x80", b"0" * 2_000_000, b"0\x03\x02\x01\x00"])
def test_what_is_no_reply_is_a_sentence(reply):
    assert "It is no reply" in refusal(reply, time_stamp.request(DIGEST))


def test_every_change_of_a_byte_in_the_signed_part_is_found():
    """The certificates and the outer shell may be written in more than one way; digest, time and signature may not."""
    authority, asked = Authority(), time_stamp.request(DIGEST)
    reply = authority.answer(asked)
    info = reply.index(bytes.fromhex(DIGEST))
    signature_at = len(reply) - 60
    for place in (*range(info, info + 32), *range(info + 40, info + 70), *range(signature_at, len(reply))):
        other = reply[:place] + bytes([reply[place] ^ 1]) + reply[place + 1 :]
        with pytest.raises(BadInput):
            time_stamp.check(other, asked)


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not here")
def test_openssl_agrees(tmp_path):
    authority, asked = Authority(), time_stamp.request(DIGEST)
    (tmp_path / "reply.tsr").write_bytes(authority.answer(asked))
    (tmp_path / "root.pem").write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    told = run(
        ["openssl", "ts", "-verify", "-digest", DIGEST, "-in", "reply.tsr", "-CAfile", "root.pem"],
        cwd=tmp_path, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert "Verification: OK" in told.stdout + told.stderr


def test_certificates_come_as_pem_or_der():
    root = Authority().root
    for form in (serialization.Encoding.PEM, serialization.Encoding.DER):
        assert time_stamp.certificates_in(root.public_bytes(form)) == (root,)
    for nothing in (b"", b"hello", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"):
        with pytest.raises(BadInput, match="holds no certificate"):
            time_stamp.certificates_in(nothing)
