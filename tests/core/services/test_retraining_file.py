"""The file of a draft: what was written is read again, and nothing else is."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import DetectorReference
from core.errors import BadInput, CoreError, NotFound
from core.retraining import PAGES, CardWishes, Draft, Effort, GoalKind, ImageGroup
from core.services import retraining_file

ID = "20261121-101500-0a1b2c3d"
NOW = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
# As file names on Linux may be: bytes that are no text come as lone surrogates.
NAMES = st.text(st.characters(blacklist_characters="\0/"), min_size=1, max_size=12).filter(
    lambda x: x not in (".", "..")
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda parts: Path("/", *parts))
TEXTS = st.text(max_size=30)
MAPPINGS = st.dictionaries(TEXTS, TEXTS, max_size=4)
TIMES = st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=-7)))))
DRAFTS = st.builds(
    Draft,
    id=st.just(ID),
    created_at=TIMES,
    page=st.sampled_from(PAGES),
    goal=st.sampled_from(GoalKind),
    parent=st.none() | st.builds(DetectorReference, TEXTS, TEXTS, TEXTS),
    parent_path=st.none() | PATHS,
    groups=st.lists(st.builds(ImageGroup, TEXTS, TEXTS, PATHS, TEXTS), max_size=3).map(tuple),
    known_data=st.lists(PATHS, max_size=3).map(tuple),
    test_data=st.none() | PATHS,
    left_out=MAPPINGS,
    moved=MAPPINGS,
    accepted=MAPPINGS,
    common_processing=st.booleans(),
    effort=st.sampled_from(Effort),
    device=TEXTS,
    split_digest=TEXTS,
    card=st.builds(CardWishes, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS),
    override=TEXTS,
    made=TEXTS,
    activated_at=st.none() | TIMES,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("drafts") / ID
    made.mkdir()
    return made


@settings(max_examples=120, deadline=None)
@given(draft=DRAFTS)
def test_every_draft_comes_back_as_it_was(folder, draft):
    retraining_file.write(draft, folder)
    assert retraining_file.read(folder) == draft
    assert [*folder.iterdir()] == [folder / "draft.json"]


def test_what_lies_in_its_own_folder_is_found_again_after_a_move(folder, tmp_path):
    inside = folder / "images" / "flux" / "lab"
    retraining_file.write(Draft(ID, NOW, groups=(ImageGroup("flux", "lab", inside),)), folder)
    moved = tmp_path / ID
    moved.mkdir()
    (moved / "draft.json").write_bytes((folder / "draft.json").read_bytes())
    assert retraining_file.read(moved).groups[0].folder == moved / "images" / "flux" / "lab"


def test_a_relative_folder_is_kept_as_the_place_it_meant(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    retraining_file.write(Draft(ID, NOW, known_data=(Path("faces"),)), folder)
    monkeypatch.chdir("/")
    assert retraining_file.read(folder).known_data == (tmp_path / "faces",)


@pytest.fixture(scope="module")
def sound(folder):
    """A draft with something in every field, as JSON."""
    group = ImageGroup("flux", "lab", Path("/usb/flux"), "")
    full = Draft(
        ID,
        NOW,
        parent=DetectorReference("field", "1", "d" * 64),
        parent_path=Path("/d.safetensors"),
        groups=(group,),
        known_data=(Path("/known"),),
        left_out={"a" * 64: "blurred"},
        activated_at=NOW,
    )
    retraining_file.write(full, folder)
    return json.loads((folder / "draft.json").read_text())


def refused(folder, content):
    path = folder / "draft.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(BadInput) as caught:
        retraining_file.read(folder)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("cut", [0, 1, 20, 200, -3])
def test_a_file_cut_short_is_refused(folder, sound, cut):
    assert "is no JSON" in refused(folder, json.dumps(sound).encode()[:cut])


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\0" * 500, b'{"format": 1, "draft": ' + b"[" * 100_000])
def test_bytes_of_another_kind_are_refused(folder, content):
    assert "is damaged" in refused(folder, content)


def test_a_file_of_a_size_that_no_draft_has_is_not_read_whole(folder, monkeypatch):
    monkeypatch.setattr(retraining_file, "_LARGEST", 1000)
    assert "MB" in refused(folder, b" " * 1001)


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        ("id", "../../etc", "another name"),
        ("id", "20261121-101500-ffffffff", "another name"),
        ("id", 3, "draft.id is not text"),
        ("created_at", "yesterday", "draft.created_at cannot be 'yesterday'"),
        ("created_at", "2026-11-21T10:00:00", "draft.created_at has no time zone"),
        ("page", "nowhere", "there is no page 'nowhere'"),
        ("goal", "win", "draft.goal cannot be 'win'"),
        ("parent", {"name": "a"}, "draft.parent.version is missing"),
        ("parent", [], "draft.parent is not an object"),
        ("parent_path", "", "draft.parent_path is no path"),
        ("parent_path", "a\0b", "draft.parent_path is no path"),
        ("groups", {}, "draft.groups is not a list"),
        ("groups", [{"label": "a", "source": "b", "folder": 5}], "draft.groups[].folder is not text"),
        ("left_out", {"a": None}, "draft.left_out{} is not text"),
        ("common_processing", 1, "draft.common_processing is not true or false"),
        ("common_processing", None, "draft.common_processing is not true or false"),
        ("later", 1, "draft has no field 'later'"),
    ],
)
def test_a_value_that_does_not_fit_is_named(folder, sound, place, value, why):
    assert why in refused(folder, {**sound, "draft": {**sound["draft"], place: value}})


@pytest.mark.parametrize(
    "content", [[], 3, None, {"draft": {}}, {"format": True}, {"format": 1}, {"format": 1, "draft": 4}]
)
def test_json_of_another_form_is_refused(folder, content):
    assert "is damaged" in refused(folder, content)


def test_a_missing_field_without_default_is_named(folder, sound):
    draft = {name: value for name, value in sound["draft"].items() if name != "created_at"}
    assert "draft.created_at is missing" in refused(folder, {**sound, "draft": draft})


def test_an_older_draft_without_later_fields_is_read(folder, sound):
    draft = {name: sound["draft"][name] for name in ("id", "created_at", "groups")}
    (folder / "draft.json").write_text(json.dumps({"format": 1, "draft": draft}))
    assert retraining_file.read(folder).effort is Effort.QUICK


def test_a_newer_format_says_so(folder, sound):
    said = refused(folder, {**sound, "format": 2})
    assert "format 2" in said
    assert "damaged" not in said


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_put_into_the_file_the_answer_is_a_draft_or_a_sentence(folder, sound, data):
    text = bytearray(json.dumps(sound).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    (folder / "draft.json").write_bytes(text)
    assert _answer(folder)


def _answer(folder):
    try:
        return isinstance(retraining_file.read(folder), Draft)
    except CoreError as error:
        return str(folder / "draft.json") in str(error)


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a-", "a--b", ".tmp", "a\n", "x" * 65])
def test_what_is_no_id_never_becomes_a_path(name):
    with pytest.raises(NotFound):
        retraining_file.draft_folder(name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / retraining_file.FILE_NAME)
    with pytest.raises(BadInput, match="is no file"):
        retraining_file.read(tmp_path)
