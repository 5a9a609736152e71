import base64
import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pkcs12 as pkcs12_form
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from core.errors import BadInput, CoreError, NoPermission, NotFound
from core.report import certificate, own_seal, seal
from core.reporting import SigningChoice
from tests.core.report.time_stamp_authority import certificate as made_certificate

PASSWORD = "correct horse"
# openssl pkcs12 -export -legacy: 40-bit RC2 and triple DES, password "secret12", certificate "Old Key"
LEGACY = Path(__file__).with_name("legacy.p12.base64")


def write_p12(path, key, cert, password=PASSWORD, chain=None):
    how = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"me", key, cert, chain, how))
    return path


def p12_of(path, *, days=30, since=None, key=None):
    key = key or ec.generate_private_key(ec.SECP256R1())
    return write_p12(path, key, made_certificate("A. Moreau", key, days=days, since=since))


def refusal(path, password=PASSWORD):
    with pytest.raises(BadInput) as caught:
        seal.signatory(SigningChoice(path, password))
    sentence = str(caught.value)
    assert password not in sentence or not password
    assert sentence.endswith(".")
    return sentence


def test_a_certificate_that_was_made_here_signs_for_three_years(tmp_path):
    path = tmp_path / "moreau.p12"
    who = certificate.make_pkcs12(path, "Dr. Ångström-Müller", PASSWORD)
    assert seal.signatory(SigningChoice(path, PASSWORD)) == who
    assert (who.name, who.issuer, who.self_signed, who.own_seal) == (who.issuer, who.name, True, False)
    assert who.name == "Dr. Ångström-Müller"
    assert who.valid_from <= datetime.now(UTC) < who.valid_until
    assert timedelta(days=3 * 365 - 1) < who.valid_until - who.valid_from < timedelta(days=3 * 366)
    assert isinstance(certificate.read_pkcs12(path, PASSWORD).key.curve, ec.SECP256R1)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "line\nbreak", "turned\u202e"])
def test_a_name_that_is_none_is_refused_and_nothing_is_left(tmp_path, name):
    with pytest.raises(BadInput):
        certificate.make_pkcs12(tmp_path / "me.p12", name, PASSWORD)
    assert not list(tmp_path.iterdir())


def test_a_short_password_and_a_taken_name_are_refused(tmp_path):
    with pytest.raises(BadInput, match="at least 8 characters"):
        certificate.make_pkcs12(tmp_path / "me.p12", "Me", "1234567")
    (tmp_path / "me.p12").write_bytes(b"precious")
    with pytest.raises(BadInput, match="exists already"):
        certificate.make_pkcs12(tmp_path / "me.p12", "Me", PASSWORD)
    assert (tmp_path / "me.p12").read_bytes() == b"precious"
    with pytest.raises(NotFound):
        certificate.make_pkcs12(tmp_path / "no folder" / "me.p12", "Me", PASSWORD)


def test_a_wrong_password_is_told_from_a_file_that_is_no_pkcs12(tmp_path):
    path = p12_of(tmp_path / "me.p12")
    assert "password of" in refusal(path, "wrong horse")
    assert "password of" in refusal(path, "")
    (tmp_path / "text.p12").write_text("hello")
    (tmp_path / "empty.p12").write_bytes(b"")
    (tmp_path / "cut.p12").write_bytes(path.read_bytes()[:-40])
    for name in ("text", "empty", "cut"):
        assert "is no PKCS#12 file" in refusal(tmp_path / f"{name}.p12")


def test_expired_and_not_yet_valid_certificates_are_refused_with_the_day(tmp_path):
    now = datetime.now(UTC)
    old = p12_of(tmp_path / "old.p12", since=now - timedelta(days=90))
    assert f"expired on {now - timedelta(days=60):%Y-%m-%d}" in refusal(old)
    young = p12_of(tmp_path / "young.p12", since=now + timedelta(days=2))
    assert "is not valid before" in refusal(young)
    assert "Check the clock" in refusal(young)


def test_a_file_without_a_private_key_or_with_one_that_cannot_sign_a_report(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    cert = made_certificate("Nobody", key)
    assert "holds no private key" in refusal(write_p12(tmp_path / "public.p12", None, None, chain=[cert]))
    small = rsa.generate_private_key(65537, 1024)
    assert "kind that this program does not sign with" in refusal(p12_of(tmp_path / "small.p12", key=small))
    odd = ec.generate_private_key(ec.SECP256K1())
    assert "kind that this program does not sign with" in refusal(p12_of(tmp_path / "odd.p12", key=odd))


def test_a_certificate_for_another_purpose_is_refused(tmp_path, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Server")])
    usage = x509.KeyUsage(False, False, True, False, True, False, False, False, False)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    assert "is not made for signatures" in refusal(write_p12(tmp_path / "server.p12", key, cert))


def test_a_file_without_a_password_opens_with_none(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    path = write_p12(tmp_path / "open.p12", key, made_certificate("Open", key), password="")
    assert seal.signatory(SigningChoice(path, "")).name == "Open"


def test_an_old_encryption_opens_or_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "legacy.p12"
    path.write_bytes(base64.b64decode(LEGACY.read_text()))
    assert certificate.signatory(certificate.read_pkcs12(path, "secret12")).name == "Old Key"
    with pytest.raises(BadInput):
        certificate.read_pkcs12(path, "wrong")
    old_ciphers = UnsupportedAlgorithm("RC2 is not supported")  # as a build of the library without them says
    monkeypatch.setattr(pkcs12, "load_pkcs12", lambda *_: (_ for _ in ()).throw(old_ciphers))
    assert "encrypted in an old way" in refusal(path, "secret12")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(NotFound):
        certificate.read_pkcs12(tmp_path / "nothing.p12", PASSWORD)
    with pytest.raises(CoreError):
        certificate.read_pkcs12(tmp_path, PASSWORD)
    with (tmp_path / "huge.p12").open("wb") as huge:
        huge.truncate(5 << 20)
    with pytest.raises(BadInput, match="too large"):
        certificate.read_pkcs12(tmp_path / "huge.p12", PASSWORD)


def test_a_choice_never_shows_its_password():
    assert PASSWORD not in repr(SigningChoice(Path("me.p12"), PASSWORD))


def test_the_seal_of_an_installation_is_made_once_and_kept_private():
    first, second = seal.signatory(SigningChoice()), seal.signatory(SigningChoice())
    assert first == second
    assert first.own_seal
    assert first.name.startswith("Seal of ")
    (path,) = own_seal.folder().glob("*")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_seal_that_ran_out_is_followed_by_another_and_still_known():
    key = ec.generate_private_key(ec.SECP256R1())
    old = made_certificate("Seal of before", key, since=datetime.now(UTC) - timedelta(days=90))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own_seal.folder().mkdir(parents=True)
    (own_seal.folder() / "before.pem").write_bytes(
        key.private_bytes(*form) + old.public_bytes(serialization.Encoding.PEM)
    )
    new = own_seal.chosen(SigningChoice())
    assert {one.certificate for one in own_seal.own_seals()} == {old, new.certificate}
    assert new.certificate != old
    assert own_seal.chosen(SigningChoice()).certificate == new.certificate


def test_a_damaged_seal_file_is_passed_over():
    before = seal.signatory(SigningChoice())
    (path,) = own_seal.folder().glob("*.pem")
    path.write_bytes(path.read_bytes()[:100])
    after = seal.signatory(SigningChoice())
    assert after.fingerprint != before.fingerprint


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything may be written here")
def test_no_seal_can_be_made_where_nothing_can_be_written(own_user_folder):
    own_user_folder.chmod(0o500)
    try:
        with pytest.raises(NoPermission):
            seal.signatory(SigningChoice())
    finally:
        own_user_folder.chmod(0o700)


def test_a_folder_that_is_a_file_is_a_sentence(own_user_folder):
    (own_user_folder / "keys").write_text("in the way")
    with pytest.raises(CoreError, match="making the seal of this installation"):
        seal.signatory(SigningChoice())


def test_ed25519_is_refused(tmp_path):
    from cryptography import x509

    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Edward")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, None)
    )
    assert "kind that this program does not sign with" in refusal(write_p12(tmp_path / "ed.p12", key, cert))


@pytest.mark.parametrize("where", ["mac", "key", "certificate"])
def test_a_file_that_asks_for_endless_repetitions_is_refused_at_once(tmp_path, monkeypatch, where):
    path = tmp_path / "endless.p12"
    certificate.make_pkcs12(tmp_path / "good.p12", "A. Moreau", PASSWORD)
    data = (tmp_path / "good.p12").read_bytes()
    if where == "mac":
        made = pkcs12_form.Pfx.load(data)
        made["mac_data"]["iterations"] = 2_000_000_000
        data = made.dump(force=True)
    else:  # as many as fit into the place without moving the rest
        monkeypatch.setattr(certificate, "_MOST_ITERATIONS", 8_000_000)
        few, many = b"\2\3" + (200_000).to_bytes(3, "big"), b"\2\3\x7f\xff\xff"
        first, second, third = data.split(few)
        data = first + (many + second + few if where == "certificate" else few + second + many) + third
    path.write_bytes(data)
    begun = time.monotonic()
    assert "repetitions to check its password" in refusal(path, PASSWORD)
    assert time.monotonic() - begun < 2
