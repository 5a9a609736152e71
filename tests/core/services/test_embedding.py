"""The map of a case: what is on it, what is left out, and how the child process behaves."""

import os
import time

import numpy as np
import pytest

from core.dna import embedding as dna
from core.dna.reference import Reference, read_reference
from core.domain import CaseDetails, Verdict
from core.errors import AnswerHidden, BadInput, Cancelled, CoreError, DetectorRefused, NotFound
from core.progress import Progress
from core.services import embedding as service
from core.services import embedding_process
from core.services.workspace import Workspace
from core.store import findings
from tests.core.services.planted_case import plant, story
from tests.core.store.generated import finding_of


@pytest.fixture
def workspace(installed):
    with Workspace() as made:
        yield made


@pytest.fixture
def planted(workspace, installed, tmp_path, monkeypatch):
    features, verdicts, reference, labels = story()
    kept = Reference(dna.unit_vectors(reference)[0], labels)
    monkeypatch.setattr(service, "read_reference", lambda _path: kept)
    plant(workspace, tmp_path / "case", installed.reference, features, verdicts)
    return workspace


def test_the_first_picture_is_pca_with_the_reference_and_then_come_the_groups(planted, installed):
    pictures = []
    final = planted.embedding.map(refined=pictures.append)
    assert [picture.final for picture in pictures] == [False, False, True]
    assert (pictures[0].points == final.points).all()
    assert pictures[0].clusters == ()
    assert final.clusters == (tuple(range(1, 9)),)
    assert final.exhibit_ids == tuple(range(1, 31))
    assert final.verdicts == (Verdict.UNKNOWN,) * 20 + (Verdict.ATTRIBUTED,) * 10
    assert final.reference.shape == (120, 2)
    assert set(final.reference_labels) == set(installed.classes)
    assert (final.left_out, final.hidden, final.remarks) == ((), 0, ())
    assert final.detector == installed.reference
    # the attributed exhibits lie among the class they resemble
    own = final.reference[:40].mean(axis=0)
    others = [final.reference[place : place + 40].mean(axis=0) for place in (40, 80)]
    middle = final.points[20:].mean(axis=0)
    assert np.linalg.norm(middle - own) < min(np.linalg.norm(middle - other) for other in others)


def test_tsne_is_refined_step_by_step_and_always_the_same(planted):
    pictures = []
    final = planted.embedding.map("t-SNE, the paper's preset", refined=pictures.append)
    moving = [picture for picture in pictures if 0 < picture.share < 1]
    assert len(moving) == 39  # every 25 of 1000 steps
    assert [picture.share for picture in pictures] == sorted(picture.share for picture in pictures)
    assert not any(picture.final for picture in pictures[:-1])
    assert (pictures[-1].points == final.points).all()
    assert final.clusters == (tuple(range(1, 9)),)
    assert np.isfinite(final.points).all()
    assert np.abs(pictures[0].points - final.points).max() > 0.1
    planted.embedding._maps.clear()
    assert (planted.embedding.map("t-SNE, the paper's preset").points == final.points).all()


def test_a_map_that_was_drawn_is_kept_until_the_case_changes(planted, installed, monkeypatch):
    first = planted.embedding.map()
    monkeypatch.setattr(service, "Refinement", None)  # nothing may be drawn again
    pictures = []
    assert planted.embedding.map(refined=pictures.append) is first
    assert pictures == [first]
    monkeypatch.undo()
    with planted.cases.database.writing() as transaction:
        findings.add(transaction, finding_of(0, detector=installed.reference, feature=np.ones(512, "<f2").tobytes()))
    assert planted.embedding.map() is not first


def test_cancelling_takes_effect_at_once_and_leaves_no_process(planted, monkeypatch):
    seen, progress = [], Progress()
    started = []
    real = embedding_process.Refinement
    monkeypatch.setattr(service, "Refinement", lambda *args: started.append(real(*args)) or started[-1])

    def look(picture):
        seen.append(time.monotonic())
        if picture.share > 0:
            progress.cancel()

    with pytest.raises(Cancelled):
        planted.embedding.map("t-SNE", progress=progress, refined=look)
    assert time.monotonic() - seen[-1] < 0.5
    assert not started[0]._process.is_alive()
    assert planted.embedding._running == set()


def test_cancelled_before_the_child_has_begun(planted):
    progress = Progress()
    with pytest.raises(Cancelled):
        planted.embedding.map("t-SNE", progress=progress, refined=lambda _picture: progress.cancel())


def test_a_child_that_dies_is_a_sentence(planted):
    def kill(picture):
        if picture.share > 0:
            (running,) = planted.embedding._running
            os.kill(running._process.pid, 9)

    with pytest.raises(CoreError, match="ended unexpectedly"):
        planted.embedding.map("t-SNE", refined=kill)


def test_closing_the_program_ends_the_child(planted):
    def close(picture):
        if picture.share > 0:
            planted.embedding.close()

    with pytest.raises(CoreError):
        planted.embedding.map("t-SNE", refined=close)


def test_what_cannot_be_placed_is_left_out_and_counted(workspace, installed, tmp_path):
    good = np.random.default_rng(1).normal(size=512)
    broken = np.where(np.arange(512) == 5, np.nan, good)
    features = [good, broken, b"short", None, good * 2, None]
    verdicts = [Verdict.ATTRIBUTED] * 3 + [Verdict.OUT_OF_SCOPE, Verdict.INCONCLUSIVE, None]
    plant(workspace, tmp_path / "case", installed.reference, features, verdicts)
    drawn = workspace.embedding.map("t-SNE")
    assert drawn.exhibit_ids == (1, 5)
    assert drawn.left_out == (2, 3, 4, 6)
    assert drawn.remarks == ("This detector carries no reference images, so the map shows exhibits alone.",)
    assert np.abs(drawn.points[0] - drawn.points[1]).max() < 1e-3  # the same direction is the same place
    assert drawn.final


@pytest.mark.parametrize("method", dna.METHODS)
def test_an_empty_case_has_an_empty_map(workspace, installed, tmp_path, method):
    workspace.cases.create(tmp_path / "case", CaseDetails("Empty"))
    drawn = workspace.embedding.map(method)
    assert drawn.final
    assert drawn.points.shape == (0, 2)


def test_without_a_case_or_with_an_unknown_method_it_is_a_sentence(workspace):
    with pytest.raises(BadInput, match="No case is open"):
        workspace.embedding.map()
    with pytest.raises(BadInput, match="no map by 'UMAP'"):
        workspace.embedding.map("UMAP")


def test_neighbours_are_exhibits_and_then_classes(planted, installed):
    found = planted.embedding.neighbours(1, 5)
    exhibits = [one for one in found if one.exhibit_id is not None]
    classes = [one for one in found if one.architecture is not None]
    assert found == (*exhibits, *classes)
    assert {one.exhibit_id for one in exhibits} <= set(range(2, 9))
    assert len(exhibits) == 5
    assert {one.architecture for one in classes} == set(installed.classes)
    for part in (exhibits, classes):
        assert [one.distance for one in part] == sorted(one.distance for one in part)
    features, _, _, _ = story()
    first, second = (np.asarray(features[row], np.float16).astype(float) for row in (0, exhibits[0].exhibit_id - 1))
    cosine = 1 - first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert exhibits[0].distance == pytest.approx(cosine, abs=1e-4)
    attributed = planted.embedding.neighbours(25)
    assert next(one for one in attributed if one.architecture).architecture == installed.classes[1]


def test_an_exhibit_without_a_feature_has_no_neighbours(workspace, installed, tmp_path):
    plant(workspace, tmp_path / "case", installed.reference, [None, np.ones(512)], [None, Verdict.ATTRIBUTED])
    with pytest.raises(NotFound, match="Analyse it first"):
        workspace.embedding.neighbours(1)
    assert workspace.embedding.neighbours(2) == ()


def test_in_a_blind_case_hidden_exhibits_are_left_out_and_counted(workspace, installed, tmp_path):
    features, verdicts, _, _ = story()
    plant(workspace, tmp_path / "case", installed.reference, features, verdicts, blind=True)
    with workspace.cases.database.writing() as transaction:
        from core.store import audit
        from core.store.schema import ExaminerViewRow

        for exhibit in (2, 4, 9):
            transaction.add_row(
                ExaminerViewRow,
                exhibit_id=exhibit,
                examiner=workspace.cases.database.actor,
                opinion="real",
                text="",
                blind=True,
                made_at=workspace.cases.current.created_at,
            )
        audit.append(transaction, audit.Act.VIEW_ADD, {"exhibits": [2, 4, 9]})
    drawn = workspace.embedding.map()
    assert drawn.exhibit_ids == (2, 4, 9)
    assert drawn.hidden == 27
    assert drawn.left_out == ()
    assert {one.exhibit_id for one in workspace.embedding.neighbours(2)} == {4, 9}
    with pytest.raises(AnswerHidden, match="own view"):
        workspace.embedding.neighbours(1)


def test_reference_images_are_read_from_the_file_alone(tmp_path):
    from safetensors.numpy import save_file

    file = tmp_path / "made.safetensors"
    features = np.eye(4, 512, dtype=np.float16)
    save_file({"reference.features": features, "reference.labels": np.arange(4), "head": np.zeros(3)}, file)
    found = read_reference(file)
    assert found.features.dtype == np.float32
    assert found.labels.tolist() == [0, 1, 2, 3]
    save_file({"reference.features": features, "reference.labels": np.arange(3)}, file)
    assert read_reference(file) is None
    save_file({"head": np.zeros(3)}, file)
    assert read_reference(file) is None
    file.write_bytes(b"cut off")
    for damaged in (file, tmp_path / "gone.safetensors"):
        with pytest.raises(DetectorRefused, match="cannot be read"):
            read_reference(damaged)


def test_reference_images_that_are_not_sound_are_not_used(workspace, installed, tmp_path, monkeypatch):
    features = np.eye(4, 512, dtype=np.float32)
    features[1] = np.nan
    kept = Reference(features, np.array([0, 1, 2, 99]))
    monkeypatch.setattr(service, "read_reference", lambda _path: kept)
    plant(workspace, tmp_path / "case", installed.reference, [np.ones(512)], [Verdict.ATTRIBUTED])
    assert workspace.embedding.map().reference_labels == (installed.classes[0], installed.classes[2])
