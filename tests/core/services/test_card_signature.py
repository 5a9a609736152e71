"""The signature on a detector's card: what breaks it, and what it says of the signer."""

import json
import re
import shutil

import pytest
import torch

from core import installation
from core.dna.card import answers_digest_of, read_header
from core.dna.card_file import replace_card, tensors_digest
from core.dna.detector import load_detector, rewrite_card, write_detector
from core.dna.encoder import Net
from core.errors import BadInput, CoreError, DetectorRefused, DiskFull, NotFound
from core.services.card_signature import PART, SignatureState, sign, signature_of, write_signed
from core.services.workspace import Workspace
from tests.conftest import CLASSES, plain_card

VALID, INVALID, NONE = SignatureState.VALID, SignatureState.INVALID, SignatureState.NONE


@pytest.fixture
def detector(tiny_detector, tmp_path):
    return shutil.copyfile(tiny_detector, tmp_path / "new.safetensors")


def table_of(path):
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]


def put(path, table, data):
    header = json.dumps(table).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def with_part(path, **changes):
    """Change the signature's own words, and nothing else."""
    card = dict(read_header(path).card)
    replace_card(path, {**card, PART: {**card[PART], **changes}})


def test_a_fresh_detector_is_not_signed_and_a_signed_one_holds(detector):
    assert signature_of(detector).state is NONE
    made = sign(detector)
    assert (made.state, made.own) == (VALID, True)
    assert made.key == installation.signer().key
    assert made == signature_of(detector)
    assert "this installation" in made.sentence
    assert re.match(r"Signed on \d{4}-\d\d-\d\d \d\d:\d\d UTC by ", made.sentence)


def test_signing_changes_no_answer_and_no_tensor(detector, tiny_detector):
    sign(detector)
    assert tensors_digest(detector) == tensors_digest(tiny_detector)
    assert answers_digest_of(read_header(detector)) == answers_digest_of(read_header(tiny_detector))
    one, other = load_detector(detector), load_detector(tiny_detector)
    assert one.reference.digest != other.reference.digest
    for name, tensor in one.net.state_dict().items():
        assert torch.equal(tensor, other.net.state_dict()[name])


def test_signed_again_it_holds_again(detector):
    sign(detector)
    sign(detector)
    assert signature_of(detector).state is VALID


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"measured": [{"set": "made up", "n": 1000, "accuracy": 1.0}]},
        {"threshold": {"value": 0.4, "rule": "stated by the test"}},
        {"retraining": {"gate": {"passed": True}}},
        {"limits": []},
    ],
)
def test_a_changed_card_breaks_it(detector, change):
    sign(detector)
    replace_card(detector, {**read_header(detector).card, **change})
    found = signature_of(detector)
    assert (found.state, found.own) == (INVALID, False)
    assert "does not fit" in found.sentence


def test_a_card_rewritten_with_the_same_words_still_holds(detector):
    sign(detector)
    rewrite_card(detector, dict(read_header(detector).card))
    assert signature_of(detector).state is VALID


def test_other_weights_break_it_with_their_digest_put_right(detector, tmp_path):
    sign(detector)
    card = dict(read_header(detector).card)
    torch.manual_seed(99)
    other = tmp_path / "other.safetensors"
    write_detector(other, Net(len(CLASSES)), card)
    assert signature_of(other).state is INVALID


def test_a_flipped_bit_in_the_weights_breaks_it(detector):
    sign(detector)
    content = bytearray(detector.read_bytes())
    content[-1] ^= 1
    detector.write_bytes(content)
    assert signature_of(detector).state is INVALID


def test_tensors_that_change_places_break_it(detector):
    sign(detector)
    table, data = table_of(detector)
    one, other = "main.0.main.1.weight", "main.0.main.1.running_var"
    table[one], table[other] = table[other], table[one]
    put(detector, table, data)
    read_header(detector)  # shapes and weights digest are what they were
    assert signature_of(detector).state is INVALID


@pytest.mark.parametrize("name", ["installation", "at", "public_key", "key", "signature"])
def test_nobody_else_puts_a_name_on_it(detector, name):
    sign(detector)
    with_part(detector, **{name: "00" * 32})
    assert signature_of(detector).state is INVALID


def test_a_signature_of_another_detector_does_not_hold_here(detector, tmp_path):
    sign(detector)
    other = tmp_path / "other.safetensors"
    write_detector(other, Net(len(CLASSES)), plain_card(name="other"))
    replace_card(other, {**read_header(other).card, PART: read_header(detector).card[PART]})
    assert signature_of(other).state is INVALID


@pytest.mark.parametrize("part", [7, [], {}, {"format": "another"}, "signed", {"format": "dna-det card signature 1"}])
def test_what_is_no_signature_is_none_that_holds(detector, part):
    replace_card(detector, {**read_header(detector).card, PART: part})
    found = signature_of(detector)
    assert found.state is INVALID
    assert "damaged" in found.sentence


def test_a_key_that_is_no_hexadecimal_number_is_no_key(detector):
    sign(detector)
    with_part(detector, public_key="zz", key="zz")
    assert signature_of(detector).state is INVALID


def test_signed_elsewhere_it_holds_and_is_not_ours(detector, monkeypatch, tmp_path):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DNADET_HOME", str(tmp_path / "elsewhere"))
        made = sign(detector)
    found = signature_of(detector)
    assert (found.state, found.own, found.key) == (VALID, False, made.key)
    assert "another installation" in found.sentence
    assert sign(detector).own


def test_without_a_key_a_card_is_written_and_not_signed(detector, monkeypatch):
    monkeypatch.setattr(installation, "signer", lambda: None)
    monkeypatch.setattr(installation, "key_problem", lambda: "No key can be kept.")
    with pytest.raises(CoreError, match="No key can be kept"):
        sign(detector)
    made = write_signed(detector, {**read_header(detector).card, "title": "Unsigned"})
    assert made.state is NONE
    assert read_header(detector).card["title"] == "Unsigned"


def test_texts_of_any_script_are_signed(detector):
    write_signed(detector, {**read_header(detector).card, "title": "Größe 象 🖼", "notes": "line\nline\t\u2028"})
    assert signature_of(detector).state is VALID
    assert read_header(detector).card["title"] == "Größe 象 🖼"


@pytest.fixture
def workspace(detector):
    with Workspace() as made:
        made._processes.analyse = lambda function, *arguments, progress=None: function(*arguments)
        yield made


def test_a_new_measurement_on_our_own_card_is_signed_again_and_it_stays_chosen(workspace, detector):
    sign(detector)
    digest = workspace.detectors.install(detector).value.reference.digest
    workspace.detectors.choose(digest)
    workspace.detectors.record(digest, "cross", {"n": 3}, "main.py detectors evaluate")
    renewed = workspace.detectors.current()
    assert renewed.reference.digest != digest
    assert renewed.card["measured"][0]["set"] == "cross"
    assert signature_of(renewed.path).own
    assert renewed.signature.startswith("Signed on")


def test_a_new_measurement_on_a_card_that_others_signed_breaks_their_signature(
    workspace, detector, monkeypatch, tmp_path
):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DNADET_HOME", str(tmp_path / "elsewhere"))
        sign(detector)
    summary = workspace.detectors.install(detector).value
    assert "another installation" in summary.signature
    workspace.detectors.record(summary.reference.digest, "cross", {"n": 3}, "main.py detectors evaluate")
    assert signature_of(summary.path).state is INVALID


def test_what_nobody_signed_stays_unsigned(workspace, detector):
    summary = workspace.detectors.install(detector).value
    workspace.detectors.record(summary.reference.digest, "cross", {"n": 3}, "main.py detectors evaluate")
    assert signature_of(summary.path).state is NONE


def test_what_is_no_detector_is_refused(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"no detector")
    with pytest.raises(DetectorRefused):
        sign(tmp_path / "a.safetensors")
    with pytest.raises(NotFound):
        signature_of(tmp_path / "missing.safetensors")


def test_a_card_that_no_header_can_hold_is_refused_and_the_file_stays(detector):
    before = detector.read_bytes()
    with pytest.raises(BadInput, match="too large"):
        write_signed(detector, {**read_header(detector).card, "notes": "x" * (5 << 20)})
    assert detector.read_bytes() == before


def test_a_full_disk_leaves_the_file_as_it_was(detector, monkeypatch):
    before = detector.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.whole_file.os.fsync", full)
    with pytest.raises(DiskFull):
        replace_card(detector, read_header(detector).card)
    assert detector.read_bytes() == before
