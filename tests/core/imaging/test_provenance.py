"""Content Credentials in their four states, made here with c2pa-python, and checked without the network."""

import http.server
import socket
import sys
import threading

import c2pa
import numpy as np
import pytest
from PIL import Image

from core.errors import EvidenceChanged
from core.examine import ProvenanceState
from core.imaging.digest import digests_of
from core.imaging.provenance import ProvenanceUnchecked, evidence_provenance, read_provenance
from core.imaging.sources import file_chunks
from core.imaging.trust import TrustAnchors, trust_anchors
from tests.core.imaging.signed_files import MIME_TYPES, TRAINED, make_signer, sign

NOBODY = TrustAnchors("", "", "No list.")


@pytest.fixture(scope="module")
def signer():
    return make_signer()


@pytest.fixture
def noise(encode):
    """Bytes of a picture without any structure, so that its last bytes are pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return lambda kind: encode(Image.fromarray(pixels), kind)


def trusting(signer):
    return TrustAnchors("", signer.anchor, "Own list: 1 certificate.")


@pytest.mark.parametrize("kind", sorted(MIME_TYPES))
def test_the_four_states(kind, signer, noise, stored):
    plain = stored(noise(kind), "plain")
    signed = stored(sign(signer, noise(kind), kind), "signed")
    spoilt = bytearray(signed.read_bytes())
    at = spoilt.find(noise(kind)[-300:-200]) + 50 if kind in ("PNG", "JPEG", "WebP") else _pixels_of_tiff(spoilt, noise)
    spoilt[at] ^= 1
    changed = stored(bytes(spoilt), "changed")
    assert read_provenance(plain, trusting(signer)).state is ProvenanceState.NONE
    assert read_provenance(signed, trusting(signer)).state is ProvenanceState.TRUSTED
    assert read_provenance(signed, NOBODY).state is ProvenanceState.UNTRUSTED
    assert read_provenance(changed, trusting(signer)).state is ProvenanceState.INVALID


def _pixels_of_tiff(spoilt, noise):
    at = spoilt.find(noise("TIFF")[200:400])
    assert at >= 0
    return at + 20


def test_what_the_manifest_says_is_kept_as_it_is(signer, noise, stored):
    found = read_provenance(stored(sign(signer, noise("PNG"), "PNG")), trusting(signer))
    assert found.signer == "Test signer"
    assert found.claim_generator.startswith("Test Tool 1.0")
    assert found.source_type == TRAINED
    lines = {line.name: line.text for line in found.statements}
    assert {line.group for line in found.statements} == {"C2PA"}
    assert lines["Title"] == "A <b>title</b>"
    assert lines["Action"] == f"c2pa.created, Painter 1, {TRAINED}"
    assert lines["org.example.note"] == '{"words": "kept as they are"}'
    assert lines["Trust lists used"] == "Own list: 1 certificate."
    assert found.problems == ()


def test_why_a_file_is_not_trusted_or_not_valid(signer, noise, stored):
    data = sign(signer, noise("PNG"), "PNG")
    untrusted = read_provenance(stored(data), NOBODY)
    assert untrusted.problems == ("signingCredential.untrusted: signing certificate untrusted",)
    changed = bytearray(data)
    changed[-200] ^= 1
    invalid = read_provenance(stored(bytes(changed)), trusting(signer))
    assert any("dataHash.mismatch" in problem for problem in invalid.problems)


def test_a_signer_under_another_root_is_not_trusted(signer, noise, stored):
    other = make_signer()
    signed = stored(sign(other, noise("PNG"), "PNG"))
    assert read_provenance(signed, trusting(signer)).state is ProvenanceState.UNTRUSTED
    assert read_provenance(signed, TrustAnchors(other.anchor, signer.anchor, "")).state is ProvenanceState.TRUSTED


def test_credentials_of_one_image_pasted_into_another_are_invalid(signer, noise, photo, encode, stored):
    signed = sign(signer, noise("PNG"), "PNG")
    start = signed.index(b"caBX") - 4
    end = start + 12 + int.from_bytes(signed[start : start + 4], "big")
    other = encode(photo(), "PNG")
    pasted = other[:33] + signed[start:end] + other[33:]
    assert read_provenance(stored(pasted), trusting(signer)).state is ProvenanceState.INVALID


def test_a_broken_manifest_is_a_sentence(signer, noise, stored):
    data = sign(signer, noise("PNG"), "PNG")
    start = data.index(b"caBX") + 4
    rng = np.random.default_rng(3)
    states, sentences, causes = set(), set(), set()
    for _ in range(80):
        broken = bytearray(data)
        for at in rng.integers(start, start + 2_000, 3):
            broken[at] = int(rng.integers(256))
        found = read_provenance(stored(bytes(broken)), trusting(signer))
        states.add(found.state)
        if found.problems and found.problems[0].startswith("The file"):
            sentences.update(found.problems)
            causes.update((line.name, bool(line.text)) for line in found.statements)
    assert ProvenanceState.INVALID in states
    assert sentences == {"The file holds Content Credentials that cannot be read."}
    assert causes == {("Could not be read", True)}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_cut_file_never_crashes(kind, signer, noise, stored):
    data = sign(signer, noise(kind), kind)
    for length in range(20, len(data), len(data) // 40):
        assert read_provenance(stored(data[:length]), trusting(signer)).state is not ProvenanceState.TRUSTED


def test_a_file_without_a_manifest_that_is_odd_otherwise_is_not_called_invalid(noise, stored):
    found = read_provenance(stored(noise("PNG")[:-400]), NOBODY)
    assert found.state is ProvenanceState.NONE
    assert found.problems[0].startswith("No Content Credentials were found; the file could not be searched completely")


def test_formats_without_a_place_for_credentials(photo, encode, stored):
    assert read_provenance(stored(encode(photo(), "BMP")), NOBODY).state is ProvenanceState.NONE


@pytest.fixture
def server():
    """A server on this machine that remembers what was asked of it."""
    asked = []

    class Remembering(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Remembering) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()
        thread.join()


def test_nothing_is_fetched_for_a_manifest_kept_elsewhere(server, signer, noise, stored):
    url, asked = server
    path = stored(sign(signer, noise("PNG"), "PNG", remote_url=f"{url}/manifest", embedded=False))
    found = read_provenance(path, NOBODY)
    assert found.state is ProvenanceState.NONE
    assert found.problems[0].startswith("The file only points to Content Credentials kept elsewhere.")
    assert asked == []
    with pytest.raises(c2pa.C2paError), c2pa.Context.from_dict({}) as context, path.open("rb") as stream:
        c2pa.Reader("image/png", stream, None, context)  # as the library does by itself
    assert asked == ["/manifest"]


def test_revocation_is_not_asked_for(server, noise, stored):
    url, asked = server
    signer = make_signer(ocsp_url=f"{url}/ocsp")
    path = stored(sign(signer, noise("PNG"), "PNG"))
    assert read_provenance(path, trusting(signer)).state is ProvenanceState.TRUSTED
    assert asked == []
    asking = {"verify": {"ocsp_fetch": True}, "trust": {"user_anchors": signer.anchor}}
    with c2pa.Context.from_dict(asking) as context, path.open("rb") as stream:
        c2pa.Reader("image/png", stream, None, context).close()
    assert asked


def test_no_socket_of_python_is_opened(signer, noise, stored, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    path = stored(sign(signer, noise("PNG"), "PNG"))
    sha256 = digests_of(file_chunks(path, str(path))).sha256
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert evidence_provenance(path, sha256, trusting(signer)).state is ProvenanceState.TRUSTED


def test_a_missing_library_is_a_sentence(noise, stored, monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(ProvenanceUnchecked, match="the C2PA library is missing"):
        read_provenance(stored(noise("PNG")), NOBODY)


def test_evidence_is_compared_with_its_hash_first(noise, stored):
    with pytest.raises(EvidenceChanged):
        evidence_provenance(stored(noise("PNG")), "0" * 64, NOBODY)


def test_the_shipped_list_is_read_with_its_date():
    anchors = trust_anchors()
    assert anchors.problem == anchors.own == ""
    assert anchors.told == "Shipped list of 2026-11-21: no certificates, so no signer is trusted by it."


def test_own_anchors_are_added_to_the_shipped_ones(tmp_path, signer):
    (tmp_path / "anchors.toml").write_text('name = "List"\ndate = 2020-01-02\n')
    (tmp_path / "anchors.pem").write_text(signer.anchor * 2)
    own = tmp_path / "own.pem"
    own.write_text("a comment\n" + signer.anchor + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    anchors = trust_anchors(str(own), tmp_path)
    assert anchors.told == "List of 2020-01-02: 2 certificates. Own list: 1 certificate."
    assert anchors.own.strip() == signer.anchor.strip()
    assert anchors.problem == ""


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\udcff junk"])
def test_an_own_file_without_certificates_is_told(text, tmp_path):
    own = tmp_path / "own.pem"
    own.write_bytes(text.encode("utf-8", "surrogateescape"))
    anchors = trust_anchors(str(own))
    assert anchors.own == ""
    assert anchors.problem == f"The file of own trust anchors {own} holds no certificate in PEM form."


def test_an_own_file_that_is_gone_is_told(tmp_path):
    for path in (tmp_path / "gone.pem", tmp_path):
        assert "cannot be read" in trust_anchors(str(path)).problem


def test_the_library_takes_whatever_passes_as_a_certificate(noise, signer, stored):
    """A block that is no certificate inside must not switch checking off."""
    looks_like = "-----BEGIN CERTIFICATE-----\nMIH/" + "A" * 344 + "\n-----END CERTIFICATE-----\n"
    found = read_provenance(stored(sign(signer, noise("PNG"), "PNG")), TrustAnchors("", looks_like, ""))
    assert found.state is not ProvenanceState.TRUSTED
