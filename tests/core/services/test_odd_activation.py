"""Detectors that are not what was finished, or are called like another one, are not put to use."""

from dataclasses import replace

import pytest

from core.dna.card import read_header
from core.dna.rehearsal import rehearsal_path
from core.errors import BadInput, DetectorRefused
from core.retraining import CardWishes
from core.services.card_signature import SignatureState, signature_of, write_signed
from core.services.retrained_card import PART
from tests.core.services.test_activation import (  # noqa: F401 - fixtures
    FAILED,
    PASSED,
    RESULT,
    activation,
    draft,
    retraining,
    workspace,
)


def test_a_name_and_version_that_reports_print_already_is_refused(activation, draft):  # noqa: F811
    with pytest.raises(BadInput, match="detector tiny, version 1, already"):
        activation.finish(replace(draft, card=CardWishes("tiny", "1")), RESULT, PASSED)
    activation.finish(replace(draft, card=CardWishes("tiny", "2")), RESULT, PASSED)


def test_a_card_that_another_installation_changed_and_signed_does_not_count(activation, draft, monkeypatch, tmp_path):  # noqa: F811
    made = activation.finish(draft, RESULT, FAILED).value
    path = activation.detector_of(draft)
    card = dict(read_header(path).card)
    forged = {**card, PART: {**card[PART], "gate": {**card[PART]["gate"], "passed": True}}}
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DNADET_HOME", str(tmp_path / "elsewhere"))
        write_signed(path, forged)
    assert (signature_of(path).state, signature_of(path).own) == (SignatureState.VALID, False)
    with pytest.raises(BadInput, match="changed after it was finished"):
        activation.activate(made)


def test_a_damaged_memory_is_not_put_to_use(workspace, activation, draft):  # noqa: F811
    made, before = activation.finish(draft, RESULT, PASSED).value, workspace.detectors.current()
    rehearsal_path(activation.detector_of(draft)).write_bytes(b"damaged")
    with pytest.raises(DetectorRefused, match=r"is damaged .* Remove it"):
        activation.activate(made)
    assert workspace.detectors.current() == before


def test_name_and_version_of_a_parent_that_is_not_at_hand_are_refused_too(activation, draft):  # noqa: F811
    parent = replace(draft.parent, name="from elsewhere", version="7", digest="e" * 64)
    elsewhere = replace(draft, parent=parent, parent_path=None, card=CardWishes("from elsewhere", "7"))
    with pytest.raises(BadInput, match="parent is called from elsewhere, version 7, too"):
        activation.finish(elsewhere, RESULT, PASSED)
