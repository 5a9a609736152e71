"""What would fool a training is found before it, and a clean set is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.dna.confounds import OTHERS
from core.retraining import CheckKind, Draft, GoalKind, ImageGroup, Severity, Side, TrainingImage, WayOut
from core.services import training_confounds as confounds
from core.services import training_counts as counts
from core.services import training_duplicates as duplicates
from core.services.training_checks import taking_part
from core.services.training_duplicates import Known
from core.services.training_rows import Rows
from core.services.training_suspects import Compared, evenly_of, out_of_scope, suspect_labels
from core.services.workspace import Workspace
from tests.conftest import picture, upsampled, write_training_folder

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = CheckKind


def image(number, label="newgan", **facts):
    """One of many different images."""
    rng = np.random.default_rng(number)
    base = TrainingImage(
        Path(f"/images/{label}/{number}.png"),
        label,
        "lab",
        f"{number:064x}"[::-1],
        1000,
        container="PNG",
        width=512,
        height=512,
        hash64=int(rng.integers(0, 1 << 63)),
        colours=tuple(rng.random(54).tolist()),
    )
    return replace(base, **facts)


def many(count, label="newgan", start=0, **facts):
    return [image(start + place, label, **facts) for place in range(count)]


def kinds(findings):
    return [finding.kind for finding in findings]


def nothing():
    """A step that nobody counts."""


class TestAmounts:
    @pytest.mark.parametrize(
        ("count", "severity"),
        [(0, Severity.STOP), (9, Severity.STOP), (10, Severity.WARNING), (49, Severity.WARNING), (5001, Severity.NOTE)],
    )
    def test_too_few_or_needlessly_many_images(self, count, severity):
        (found,) = counts.few_images(many(count), ["newgan"])
        assert (found.kind, found.severity, found.figures["images"]) == (KINDS.FEW_IMAGES, severity, count)

    @pytest.mark.parametrize("count", [50, 5000])
    def test_enough_images_are_not_remarked(self, count):
        assert counts.few_images(many(count), ["newgan"]) == []

    def test_one_source_is_a_warning_and_two_are_none(self):
        (found,) = counts.few_sources(many(3), ["newgan"])
        assert found.severity is Severity.WARNING
        assert WayOut.ADD_IMAGES in found.ways
        assert counts.few_sources([*many(3), *many(3, start=9, source="other")], ["newgan"]) == []

    def test_training_from_the_start_needs_two_classes(self):
        assert counts.few_classes({"a"}, needed=True)[0].severity is Severity.STOP
        assert counts.few_classes({"a"}, needed=False) == counts.few_classes({"a", "b"}, needed=True) == []

    def test_sizes_that_differ_inside_and_between_classes(self):
        mixed = [*many(5), *many(5, start=9, width=1024, height=1024), *many(9, "real", 20, width=128, height=128)]
        assert kinds(counts.resolution_mix(mixed, ["newgan"])) == [KINDS.RESOLUTION_MIX] * 2
        assert counts.resolution_mix([*many(9), *many(9, "real", 20)], ["newgan"]) == []

    def test_unreadable_files_are_named_by_their_path(self):
        broken = image(1, sha256="", problem="/images/x.png is cut off.")
        (found,) = counts.unreadable([*many(3, start=5), broken])
        assert found.images == (str(broken.path),)
        assert "cut off" in found.sentence
        assert counts.unreadable(many(3)) == []


class TestClaims:
    @pytest.mark.parametrize(
        ("label", "claim"),
        [("real", "anything at all"), ("flux1-dev", "sd_xl_base_1.0"), ("stable-diffusion-1", "Midjourney")],
    )
    def test_a_claim_that_cannot_be_true_is_said(self, label, claim):
        (found,) = counts.claimed_otherwise([image(1, label, claim=claim)], {"sdxl"})
        assert found.kind is KINDS.CLAIMED_OTHERWISE
        assert found.images == (image(1).sha256,)
        assert (WayOut.MOVE in found.ways) == ("xl" in claim)

    @pytest.mark.parametrize(
        ("label", "claim"),
        [("sdxl", "sd_xl_base_1.0"), ("newgan", "sd_xl_base_1.0"), ("sdxl", "myMix_v3"), ("real", "")],
    )
    def test_a_claim_that_may_be_true_is_not(self, label, claim):
        assert counts.claimed_otherwise([image(1, label, claim=claim)], {"sdxl"}) == []


class TestDuplicates:
    def test_copies_in_a_class_are_counted_once(self):
        given = [image(1), image(1, path=Path("/images/copy.png")), image(2)]
        assert duplicates.distinct(given) == (given[0], given[2])
        (found,) = duplicates.copies(given)
        assert (found.severity, found.images, found.figures["copies"]) == (Severity.NOTE, (given[0].sha256,), 1)

    def test_one_image_in_two_classes_stops(self):
        (found,) = duplicates.in_two_classes([image(1), image(1, "real"), image(2)])
        assert (found.severity, found.labels) == (Severity.STOP, ("newgan", "real"))

    def test_look_alikes_need_a_near_hash_and_near_colours(self):
        first = image(1)
        nudged = tuple(min(1.0, value + 0.05) for value in first.colours)
        near = image(2, hash64=first.hash64 ^ 0b111111, colours=nudged)
        far = image(3, hash64=first.hash64 ^ 0b1111111, colours=nudged)
        recoloured = image(4, hash64=first.hash64)
        assert duplicates.near_pairs([first, near]) == [(0, 1)]
        assert duplicates.near_pairs([first, far]) == duplicates.near_pairs([first, recoloured]) == []

    def test_few_look_alikes_are_a_note_and_many_a_warning(self):
        first = image(0)
        alike = [image(900 + place, hash64=first.hash64, colours=first.colours) for place in range(5)]
        (found,) = duplicates.look_alikes([first, *many(60, start=1), alike[0]])
        assert found.severity is Severity.NOTE
        assert found.pairs == ((alike[0].sha256, first.sha256),)
        (found,) = duplicates.look_alikes([first, *many(10, start=1), *alike])
        assert (found.severity, len(found.images)) == (Severity.WARNING, 5)

    def test_look_alikes_among_known_images_are_no_matter(self):
        old, new = image(1, "oldgan"), image(3)
        copy = image(2, "oldgan", hash64=old.hash64, colours=old.colours)
        assert duplicates.look_alikes([new, old, copy], 1) == []
        assert kinds(duplicates.look_alikes([copy, old, new], 1)) == [KINDS.NEAR_DUPLICATE]

    def test_look_alikes_in_two_classes_are_a_warning_of_both(self):
        first = image(1)
        (found,) = duplicates.look_alikes([first, image(2, "real", hash64=first.hash64, colours=first.colours)])
        assert (found.severity, found.labels) == (Severity.WARNING, ("newgan", "real"))

    def test_test_images_must_not_be_trained_on(self):
        alike = image(8, hash64=image(2).hash64, colours=image(2).colours)
        found = duplicates.test_overlap(many(5), Known(test=(image(1), alike)))
        assert [(one.severity, one.images) for one in found] == [
            (Severity.STOP, (image(1).sha256,)),
            (Severity.WARNING, (image(2).sha256,)),
        ]
        assert duplicates.test_overlap(many(5), Known(test=tuple(many(5, start=50)))) == []

    def test_images_set_aside_for_the_parents_test_count_as_test_images(self):
        remembered = (image(1, side=Side.TEST, sha256=image(1).sha256[:12]), image(2, side=Side.TRAINING))
        (found,) = duplicates.test_overlap(many(5), Known(remembered=remembered))
        assert found.images == (image(1).sha256,)

    def test_learned_before_under_another_name(self):
        remembered = (image(1, "oldgan", side=Side.TRAINING, sha256=image(1).sha256[:12]),)
        known = Known(remembered=remembered, seen=frozenset({image(1).sha256, image(2).sha256}), parent="field 1")
        (found,) = duplicates.learned_before(many(5), known)
        assert set(found.images) == {image(1).sha256, image(2).sha256}
        assert "oldgan" in found.sentence
        same_name = replace(known, remembered=(replace(remembered[0], label="newgan"),), classes=("newgan",))
        assert duplicates.learned_before(many(5), same_name) == []

    def test_five_thousand_images_are_compared_in_seconds(self):
        rng = np.random.default_rng(0)
        base = image(1)
        images = [
            replace(base, sha256=f"{place:064x}", hash64=int(value))
            for place, value in enumerate(rng.integers(0, 1 << 63, 5000))
        ]
        assert duplicates.near_pairs(images) == []


class TestConfounds:
    def test_jpeg_against_png_names_the_pair_and_what_tells(self):
        jpeg = many(30, "real", 50, container="JPEG", tables="abc", quality=75)
        (found,) = confounds.format_is_label([*many(30), *jpeg], ["newgan"], alike=False, step=nothing)
        assert (found.severity, found.labels) == (Severity.WARNING, ("newgan", "real"))
        assert found.figures == {"newgan | real": 1.0}
        assert "container" in found.sentence
        assert "100%" in found.sentence
        assert found.ways[0] is WayOut.COMMON_PROCESSING

    def test_common_processing_answers_it(self):
        jpeg = many(30, "real", 50, container="JPEG")
        (found,) = confounds.format_is_label([*many(30), *jpeg], ["newgan"], alike=True, step=nothing)
        assert (found.severity, found.ways) == (Severity.NOTE, ())

    def test_one_colour_is_content(self):
        red = many(40, colours=(0.9, 0.1, 0.1) * 18)
        others = [*many(40, "real", 50), *many(40, "oldgan", 100)]
        (found,) = confounds.content_is_label([*red, *others], ["newgan"], step=nothing)
        assert (found.kind, found.labels) == (KINDS.CONTENT_IS_LABEL, ("newgan",))
        assert list(found.figures) == [f"newgan | {OTHERS}"]

    def test_files_alike_of_mixed_content_are_left_alone(self):
        every = [*many(60), *many(60, "real", 100)]
        assert confounds.format_is_label(every, ["newgan"], alike=False, step=nothing) == []
        assert confounds.content_is_label(every, ["newgan"], step=nothing) == []

    def test_one_class_cannot_be_compared_and_that_is_said(self):
        (found,) = confounds.format_is_label(many(30), ["newgan"], alike=False, step=nothing)
        assert found.severity is Severity.NOTE
        assert "could not be looked at" in found.sentence


def rows_like(images, centres, outside=()):
    rng = np.random.default_rng(0)
    truth = np.array([centres[place] for place in range(len(images))])
    features = rng.normal(0, 1, (3, 512))[truth] * 0.5 + rng.normal(0, 1, (len(images), 512))
    said = tuple("The shorter side has 60 pixels." if place in outside else "" for place in range(len(images)))
    names = tuple(one.sha256 for one in images)
    return Rows(
        names,
        features.astype(np.float32),
        np.zeros((len(images), 6336), np.float16),
        np.zeros((len(images), 1), np.float32),
        said,
    )


class TestSuspects:
    def test_a_fifth_of_photographs_among_a_new_class_is_pointed_out(self):
        """What the parent remembers of photographs is compared with; only the draft's images are named."""
        images, real = many(100), many(100, "real", 200)
        read = rows_like([*images, *real], [0] * 80 + [1] * 120)
        mine = read.of([one.sha256 for one in images])
        compared = Compared(read.features[100:], read.peaks[100:].astype(np.float32), ("real",) * 100)
        (found,) = suspect_labels(images, mine, compared)
        wrong = {one.sha256 for one in images[80:]}
        assert (found.severity, found.labels) == (Severity.WARNING, ("newgan", "real"))
        assert len(wrong & set(found.images)) >= 16
        assert len(set(found.images) - wrong) <= 2
        assert set(found.suggested.values()) == {"real"}

    def test_images_out_of_scope_are_told_and_not_judged(self):
        images = [*many(20), *many(20, "real", 50)]
        read = rows_like(images, [0] * 20 + [1] * 20, outside={0, 1})
        (found,) = out_of_scope(images, read, "field 1")
        assert found.images == (images[0].sha256, images[1].sha256)
        assert "60 pixels" in found.sentence

    def test_some_rows_of_every_class_are_compared_with(self):
        labels = ["a"] * 1000 + ["b"] * 3
        chosen = [labels[place] for place in evenly_of(labels, 10)]
        assert (chosen.count("a"), chosen.count("b")) == (10, 3)


def test_left_out_and_moved_come_first():
    broken = image(3, sha256="", problem="cut off")
    draft = Draft("d", NOW, left_out={image(0).sha256: "x", str(broken.path): "x"}, moved={image(1).sha256: "real"})
    assert [one.label for one in taking_part([*many(3), broken], draft)] == ["real", "newgan"]


@pytest.fixture
def workspace():
    with Workspace() as opened:
        yield opened


def checked(workspace, draft, folder):
    from core.services.training_checks import TrainingChecks
    from core.services.training_images import TrainingImages

    images = TrainingImages(workspace._processes, workspace.settings)
    checks = TrainingChecks(workspace._processes, workspace.settings, workspace.detectors, images)
    return checks.check(draft, images.read(draft.groups, folder), folder=folder)


def test_a_clean_synthetic_set_raises_no_confound(workspace, installed, tmp_path):
    data = write_training_folder(tmp_path / "data", per_class=14)
    groups = tuple(ImageGroup(name, "lab", data / name / "lab") for name in ("real", "nearest", "bilinear"))
    draft = Draft("d", NOW, goal=GoalKind.ANEW, groups=groups)
    found = checked(workspace, draft, tmp_path / "draft")
    assert len(found.images) == 42
    assert set(kinds(found.findings)) <= {KINDS.FEW_IMAGES, KINDS.FEW_SOURCES, KINDS.SUSPECT_LABEL}
    assert not any(one.severity is Severity.STOP for one in found.findings)
    assert (tmp_path / "draft" / "rows.safetensors").is_file()


def test_a_planted_draft_is_told_everything_at_once(workspace, installed, tmp_path):
    new, real = tmp_path / "new", tmp_path / "data" / "real" / "camera"
    new.mkdir()
    real.mkdir(parents=True)
    for index in range(14):
        Image.fromarray(upsampled(index, Image.Resampling.NEAREST)).save(new / f"{index}.png")
        Image.fromarray(picture(100 + index)).save(real / f"{index}.jpg", quality=85)
    (new / "copy.png").write_bytes((new / "0.png").read_bytes())
    (new / "also real.jpg").write_bytes((real / "0.jpg").read_bytes())
    (new / "broken.png").write_bytes((new / "0.png").read_bytes()[:500])
    Image.fromarray(picture(7, 40, 40)).save(new / "small.png")
    draft = Draft(
        "d",
        NOW,
        parent=installed.reference,
        parent_path=Path(installed.path),
        groups=(ImageGroup("newgan", "lab", new),),
        known_data=(tmp_path / "data",),
    )
    found = checked(workspace, draft, tmp_path / "draft")
    assert {
        KINDS.TWO_CLASSES,
        KINDS.UNREADABLE,
        KINDS.EXACT_DUPLICATE,
        KINDS.FORMAT_IS_LABEL,
        KINDS.FEW_IMAGES,
        KINDS.FEW_SOURCES,
        KINDS.OUT_OF_SCOPE,
    } <= set(kinds(found.findings))
    assert found.findings[0].severity is Severity.STOP
    assert sorted({one.label for one in found.images}) == ["newgan", "real"]
    again = replace(draft, left_out=dict.fromkeys(found.findings[0].images, "wrong"))
    assert KINDS.TWO_CLASSES not in kinds(checked(workspace, again, tmp_path / "draft").findings)


def test_test_data_is_compared_with(workspace, installed, tmp_path):
    data = write_training_folder(tmp_path / "data", per_class=12)
    draft = Draft(
        "d",
        NOW,
        parent=installed.reference,
        parent_path=Path(installed.path),
        groups=(ImageGroup("nearest", "lab", data / "nearest" / "lab"),),
        test_data=data,
    )
    found = checked(workspace, draft, tmp_path / "draft")
    (overlap,) = (one for one in found.findings if one.kind is KINDS.TEST_OVERLAP)
    assert (overlap.severity, len(overlap.images)) == (Severity.STOP, 12)


def test_without_any_detector_labels_are_said_not_to_be_looked_at(workspace, tmp_path, monkeypatch):
    from core.errors import NotFound

    def none(_wanted):
        raise NotFound("There is no detector.")

    monkeypatch.setattr(workspace.detectors, "find", none)
    data = write_training_folder(tmp_path / "data", per_class=10)
    groups = tuple(ImageGroup(name, "lab", data / name / "lab") for name in ("real", "nearest"))
    found = checked(workspace, Draft("d", NOW, goal=GoalKind.ANEW, groups=groups), tmp_path / "draft")
    (told,) = (one for one in found.findings if one.kind is KINDS.SUSPECT_LABEL)
    assert "no detector" in told.sentence
