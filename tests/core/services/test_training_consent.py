"""Evidence enters a training with a consent in the log, or not at all; and it stays what it was."""

import errno
import hashlib
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.custody import ClaimState
from core.domain import CaseDetails, ExhibitFilter, Table, Verdict
from core.errors import (
    AnswerHidden,
    BadInput,
    Cancelled,
    DiskFull,
    EvidenceChanged,
    NotFound,
    ReadOnlyCase,
)
from core.examine import EmbeddingMap
from core.progress import Progress
from core.services.report_log import excerpts
from core.services.report_sentences import Sentences
from core.services.retraining import Retraining
from core.services.training_consent import UNKNOWN_ONES, TrainingConsent
from core.store import blobs
from tests.core.services.reported_case import plant

SAID = {"label": "flux", "source": "seizure", "given_by": "C. Judge", "reason": "Order 4 Gs 12/26 of the court."}


@pytest.fixture
def retraining(workspace):
    made = Retraining(workspace.cases, workspace.detectors, workspace.settings)
    yield made
    made.close_all()


@pytest.fixture
def draft(retraining):
    return retraining.begin()


@pytest.fixture
def consent(workspace):
    return TrainingConsent(workspace.cases)


def ids(workspace):
    return workspace.exhibits.ids(ExhibitFilter())


def fingerprint(folder):
    """Name, bytes, rights and times of everything in a folder."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


def consents_in(workspace):
    return [entry for entry in workspace.cases.log(1000) if entry.action == "training.consent"]


def nothing_left(retraining, draft):
    images = retraining.folder(draft.id) / "images"
    return not [path for path in images.rglob("*") if path.is_file() or path.name.startswith(".")]


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


# ---- with consent


def test_exact_copies_are_made_and_the_log_says_who_consented_to_what(workspace, retraining, draft, consent):
    before = fingerprint(workspace.cases.database.evidence)
    chosen = ids(workspace)
    written = consent.take(draft, chosen, *SAID.values())
    assert written.touched == {Table.RETRAINING, Table.CASE}
    assert fingerprint(workspace.cases.database.evidence) == before

    group = written.value
    exhibits = [workspace.exhibits.get(number) for number in chosen]
    copies = sorted(group.folder.iterdir())
    assert [path.name for path in copies] == sorted(f"{one.sha256}.jpg" for one in exhibits)
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.stem for path in copies)
    assert (group.label, group.source) == ("flux", "seizure")
    assert group.folder.is_relative_to(retraining.folder(draft.id) / "images" / "flux" / "seizure")

    (entry,) = consents_in(workspace)
    assert entry.actor == "A. Moreau"
    assert entry.payload == {
        "given": [{"exhibit": one.id, "sha256": one.sha256} for one in exhibits],
        "given_by": "C. Judge",
        "reason": SAID["reason"],
        "label": "flux",
        "source": "seizure",
        "purpose": "training of a detector",
        "retraining": draft.id,
    }
    assert group.origin == (
        f"3 exhibits of the case 2026/17, with the consent of C. Judge, written into its log by A. Moreau as entry "
        f"{entry.sequence} on {entry.at:%Y-%m-%d}."
    )
    assert retraining.save(replace(draft, groups=(group,))).value == retraining.drafts()[0]


def test_the_case_still_verifies_and_the_consent_is_sealed(workspace, draft, consent):
    consent.take(draft, ids(workspace)[:1], **SAID)
    folder = workspace.cases.current.path
    workspace.cases.close()
    states = {claim.name: claim.state for claim in workspace.verification.case(folder).claims}
    assert ClaimState.FAILED not in states.values()
    assert states["log unbroken"] is ClaimState.PASSED


def test_two_consents_for_one_class_and_source_give_two_groups(workspace, retraining, draft, consent):
    first, second = (consent.take(draft, (number,), **SAID).value for number in ids(workspace)[:2])
    assert not first.folder.is_relative_to(second.folder)
    assert not second.folder.is_relative_to(first.folder)
    assert [len([*group.folder.iterdir()]) for group in (first, second)] == [1, 1]
    assert len(consents_in(workspace)) == 2
    retraining.discard(draft.id)
    assert fingerprint(workspace.cases.database.evidence)


def test_an_exhibit_named_twice_is_copied_once(workspace, draft, consent):
    number = ids(workspace)[0]
    group = consent.take(draft, [number, number], **SAID).value
    assert len([*group.folder.iterdir()]) == 1
    assert group.origin.startswith("1 exhibit of the case")


def test_a_case_without_a_number_is_named_by_its_identity_and_never_by_its_title(workspace, draft, consent):
    workspace.cases.update(CaseDetails("The missing heiress"))
    group = consent.take(draft, ids(workspace)[:1], **SAID).value
    assert f"of the case {workspace.cases.current.uid[:12]}, with" in group.origin
    assert "heiress" not in group.origin


# ---- what is offered


def test_groups_and_unknown_exhibits_are_offered_and_taken_by_name(workspace, draft, consent):
    first, second, third = ids(workspace)
    workspace.groups.make("One camera", (first, second), "Same noise.")
    offers = {offer.name: offer for offer in consent.offered()}
    assert offers["One camera"].exhibit_ids == (first, second)
    assert "Same noise." in offers["One camera"].why
    assert offers[UNKNOWN_ONES].exhibit_ids == (third,)
    name, chosen, why = offers["One camera"]
    assert (name, chosen) == ("One camera", (first, second))
    assert why.startswith("A group that A. Moreau made.")
    assert len([*consent.take(draft, "One camera", **SAID).value.folder.iterdir()]) == 2
    with pytest.raises(NotFound, match="'Another' any more"):
        consent.take(draft, "Another", **SAID)


def test_what_the_map_proposes_is_offered(workspace, installed):
    numbers = ids(workspace)
    picture = EmbeddingMap(
        installed.reference, "pca", numbers, None, None, (), (numbers[:2], numbers[2:]), (), final=True
    )
    consent = TrainingConsent(workspace.cases, SimpleNamespace(map=lambda **_: picture))
    assert [(offer.name, offer.exhibit_ids) for offer in consent.offered()[1:]] == [
        ("Proposed group 1", numbers[:2]),
        ("Proposed group 2", numbers[2:]),
    ]

    def none(**_):
        raise NotFound("No usable detector was found.")

    assert len(TrainingConsent(workspace.cases, SimpleNamespace(map=none)).offered()) == 1


def test_the_real_map_can_be_asked(workspace):
    offers = TrainingConsent(workspace.cases, workspace.embedding).offered()
    assert [offer.name for offer in offers] == [UNKNOWN_ONES]


def test_without_an_open_case_nothing_is_offered_or_taken(workspace, draft, consent):
    workspace.cases.close()
    assert consent.offered() == ()
    with pytest.raises(BadInput, match="No case is open"):
        consent.take(draft, (1,), **SAID)


# ---- without consent, or where none can be kept


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"given_by": "  "}, "needs who consents"),
        ({"given_by": "—"}, "needs who consents"),
        ({"reason": ""}, "needs the reason"),
        ({"reason": "\n \t"}, "needs the reason"),
        ({"reason": "x" * 20_001}, "at most 20,000"),
        ({"label": ""}, "name of a class"),
        ({"label": "unknown"}, "test images of architectures"),
        ({"label": "a/b"}, "contains '/'"),
        ({"source": ".."}, "begins or ends with a dot"),
        ({"source": "con"}, "device"),
        ({"label": "x" * 81}, "more than 80"),
    ],
)
def test_without_a_name_or_a_reason_nothing_happens(workspace, retraining, draft, consent, change, why):
    with pytest.raises(BadInput, match=why):
        consent.take(draft, ids(workspace), **(SAID | change))
    assert consents_in(workspace) == []
    assert not (retraining.folder(draft.id) / "images").exists()


def test_nothing_is_taken_out_of_a_case_whose_log_cannot_keep_the_consent(workspace, retraining, draft, consent):
    folder = workspace.cases.current.path
    workspace.cases.close()
    workspace.cases.open(folder, read_only=True)
    assert [offer.name for offer in consent.offered()] == [UNKNOWN_ONES]
    before = fingerprint(folder)
    with pytest.raises(ReadOnlyCase):
        consent.take(draft, ids(workspace), **SAID)
    assert fingerprint(folder) == before
    assert not (retraining.folder(draft.id) / "images").exists()


@pytest.mark.parametrize(("chosen", "kind"), [((), BadInput), ((99,), NotFound), ((1, -1), NotFound)])
def test_exhibits_that_are_not_there_are_refused(workspace, draft, consent, chosen, kind):
    with pytest.raises(kind):
        consent.take(draft, chosen, **SAID)
    assert consents_in(workspace) == []


def test_a_discarded_draft_gets_nothing(workspace, retraining, draft, consent):
    retraining.discard(draft.id)
    with pytest.raises(NotFound, match="was discarded"):
        consent.take(draft, ids(workspace), **SAID)
    with pytest.raises(NotFound):
        consent.take(replace(draft, id="../.."), ids(workspace), **SAID)
    assert consents_in(workspace) == []


def test_a_log_that_cannot_be_written_lets_nothing_out(workspace, retraining, draft, consent, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("core.store.chain.seal", full)
        with pytest.raises(DiskFull):
            consent.take(draft, ids(workspace), **SAID)
    assert consents_in(workspace) == []
    assert not (retraining.folder(draft.id) / "images").exists()


# ---- evidence that is gone or changed, full disks, second thoughts


def test_evidence_that_is_gone_or_cut_is_told_before_the_log_is_written(workspace, draft, consent):
    first, second, _ = (workspace.exhibits.get(number) for number in ids(workspace))
    path = blobs.evidence_path(workspace.cases.current.path, first.sha256)
    path.unlink()
    with pytest.raises(NotFound, match=str(path)):
        consent.take(draft, ids(workspace), **SAID)
    path = blobs.evidence_path(workspace.cases.current.path, second.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(EvidenceChanged, match=str(path)):
        consent.take(draft, (second.id,), **SAID)
    assert consents_in(workspace) == []


def test_changed_evidence_is_never_learned_from(workspace, retraining, draft, consent):
    last = workspace.exhibits.get(ids(workspace)[-1])
    path = blobs.evidence_path(workspace.cases.current.path, last.sha256)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    with pytest.raises(EvidenceChanged, match=f"{last.sha256} is not what was taken in"):
        consent.take(draft, ids(workspace), **SAID)
    assert nothing_left(retraining, draft)
    assert len(consents_in(workspace)) == 1  # the consent was given all the same


def test_a_disk_that_is_too_full_is_told_before_the_log_is_written(workspace, draft, consent, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10, used=10, free=1000))
        with pytest.raises(DiskFull, match="nothing was copied, and no consent was written down"):
            consent.take(draft, ids(workspace), **SAID)
    assert consents_in(workspace) == []


@pytest.mark.parametrize("place", ["core.imaging.digest.digests_of", "pathlib.Path.rename", "pathlib.Path.mkdir"])
def test_a_disk_that_fills_up_leaves_no_copy(workspace, retraining, draft, consent, monkeypatch, place):
    before = fingerprint(workspace.cases.database.evidence)
    with monkeypatch.context() as patch:
        patch.setattr(place, full)
        with pytest.raises(DiskFull):
            consent.take(draft, ids(workspace), **SAID)
    assert nothing_left(retraining, draft)
    assert fingerprint(workspace.cases.database.evidence) == before
    assert len([*consent.take(draft, ids(workspace), **SAID).value.folder.iterdir()]) == 3


def test_cancelling_leaves_no_copy(workspace, retraining, draft, consent):
    progress = Progress(lambda tick: progress.cancel() if tick.done == 2 else None)
    with pytest.raises(Cancelled):
        consent.take(draft, ids(workspace), *SAID.values(), progress)
    assert nothing_left(retraining, draft)
    with pytest.raises(Cancelled):
        consent.take(draft, ids(workspace), *SAID.values(), progress)
    assert len(consents_in(workspace)) == 1  # the second time nothing was begun


# ---- blind cases


@pytest.fixture
def blind(workspace, installed):
    """The examiner at work has a view of the first exhibit; the others are hidden, one of them in a group."""
    workspace.cases.update(replace(workspace.cases.current.details, blind=True))
    plant(workspace, installed, (Verdict.UNKNOWN,), maps=False)
    first, second, third = ids(workspace)
    workspace.groups.make("Mixed", (first, second))
    workspace.groups.make("Hidden", (third,))
    workspace.views.write(first, "generated")
    return first, second, third


def test_hidden_exhibits_are_neither_offered_nor_taken(workspace, retraining, draft, consent, blind):
    first, second, _ = blind
    offers = {offer.name: offer for offer in consent.offered()}
    assert offers["Mixed"].exhibit_ids == (first,)
    assert "1 more are hidden from you" in offers["Mixed"].why
    assert offers[UNKNOWN_ONES].exhibit_ids == (first,)
    assert "Hidden" not in offers
    with pytest.raises(AnswerHidden, match="own view of them first") as caught:
        consent.take(draft, (first, second), **SAID)
    assert "unknown" not in str(caught.value)
    assert consents_in(workspace) == []
    assert not (retraining.folder(draft.id) / "images").exists()


def test_what_is_offered_does_not_depend_on_hidden_verdicts(workspace, installed, consent, blind):
    before = consent.offered()
    for verdict in (Verdict.ATTRIBUTED, Verdict.OUT_OF_SCOPE):
        workspace.settings.set("examiner", "A. Moreau")
        plant(workspace, installed, (Verdict.UNKNOWN, verdict, verdict), maps=False)
        assert consent.offered() == before


def test_another_examiner_does_not_learn_from_the_log_as_what_an_exhibit_was_given(workspace, draft, consent, blind):
    first, _, _ = blind
    consent.take(draft, (first,), **(SAID | {"label": "SECRET", "reason": "SECRET reason"}))
    assert "SECRET" in repr(workspace.cases.log(1))
    workspace.settings.set("examiner", "B. Later")
    (entry,) = workspace.cases.log(1)
    assert entry.payload["hidden"] is True
    assert [row["exhibit"] for row in entry.payload["given"]] == [first]
    assert "SECRET" not in repr(workspace.cases.log(1000))
    workspace.views.write(first, "real")
    assert "SECRET" in repr(workspace.cases.log(1000))


# ---- the consent elsewhere


def test_a_report_tells_of_the_consent_for_its_own_exhibits_alone(workspace, draft, consent):
    first, second, third = (workspace.exhibits.get(number) for number in ids(workspace))
    consent.take(draft, (first.id, second.id), **SAID)
    with workspace.cases.database.reading() as session:
        volumes = excerpts(session, [(first.id,), (third.id,)], Sentences("en"), Progress())
    mine, others = ([row for row in rows if row[3] == "training.consent"] for rows, _ in volumes)
    assert others == []
    assert first.sha256 in mine[0][4]
    assert second.sha256 not in mine[0][4]


def test_a_part_of_the_case_takes_along_a_consent_that_is_about_its_exhibits_alone(workspace, draft, consent, tmp_path):
    first, second, _ = ids(workspace)
    consent.take(draft, (first,), **SAID)
    consent.take(draft, (first, second), **SAID)
    workspace.portable.export(tmp_path / "part", (first,))
    workspace.cases.open(tmp_path / "part.dnacase")
    with workspace.cases.database.reading() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT payload FROM origin_entry WHERE action = 'training.consent' ORDER BY sequence"
        )
        payloads = [row[0] for row in rows]
    assert "C. Judge" in payloads[0]
    assert payloads[1] is None
