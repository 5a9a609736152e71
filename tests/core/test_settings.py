"""Settings are rows; the file is written whole, and a damaged one gives the defaults."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput, DiskFull, NoPermission
from core.settings import SETTINGS, Settings

TAGS = tuple(f"tag {digit}" for digit in range(10))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "settings.json"


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.key)
def test_every_row_is_fit_to_be_shown_and_its_default_is_allowed(row, file):
    assert row.group
    assert row.label
    assert row.help.endswith(".")
    settings = Settings(file)
    assert settings.get(row.key) == row.default
    settings.set(row.key, row.default)
    assert Settings(file).get(row.key) == row.default


def test_keys_are_unique():
    assert len({row.key for row in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("examiner", "Ada Lovelace, Büro 3"),
        ("intake.pixel_limit_mp", 50),
        ("analysis.automatic", False),
        ("analysis.device", "cpu"),
        ("triage.tags", TAGS),
    ],
)
def test_a_choice_is_kept(file, key, value):
    Settings(file).set(key, value)
    assert Settings(file).get(key) == value


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("intake.pixel_limit_mp", 0, "smallest value is 1"),
        ("intake.pixel_limit_mp", 2001, "largest value is 2000"),
        ("intake.workers", 1.5, "right kind"),
        ("intake.workers", True, "right kind"),
        ("analysis.automatic", 1, "right kind"),
        ("analysis.device", "tpu", "none of auto, cpu, cuda"),
        ("triage.tags", ("only one",), "ten names"),
        ("triage.tags", "0123456789", "ten names"),
    ],
)
def test_what_the_row_does_not_allow_is_refused_and_changes_nothing(file, key, value, said):
    settings = Settings(file)
    before = settings.get(key)
    with pytest.raises(BadInput, match=said):
        settings.set(key, value)
    assert settings.get(key) == before
    assert not file.exists()


def test_an_unknown_key_is_a_bug(file):
    with pytest.raises(KeyError):
        Settings(file).get("no.such.key")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe"])
def test_a_damaged_file_gives_the_defaults(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    settings = Settings(file)
    assert settings.get("analysis.device") == "auto"
    settings.set("analysis.device", "cuda")
    assert Settings(file).get("analysis.device") == "cuda"


STRANGE = st.sampled_from(
    [None, True, 0, -1, 7, 10**30, 3.5, float("inf"), "", "cpu", [], ["a"] * 10, [[]], {}, {"a": 1}]
)


@given(st.dictionaries(st.sampled_from([row.key for row in SETTINGS]), STRANGE))
def test_whatever_stands_in_the_file_a_value_of_the_right_kind_comes_out(tmp_path_factory, values):
    file = tmp_path_factory.mktemp("settings") / "settings.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    settings = Settings(file)
    for row in SETTINGS:
        assert type(settings.get(row.key)) is type(row.default)


def test_small_state_is_remembered_beside_the_settings(file):
    settings = Settings(file)
    assert settings.recall("recent", []) == []
    settings.remember("recent", ["a.dnacase"])
    assert Settings(file).recall("recent") == ["a.dnacase"]
    assert Settings(file).get("examiner") == ""


def test_a_choice_of_a_newer_version_survives(file):
    file.parent.mkdir()
    file.write_text('{"future.setting": 5}', encoding="utf-8")
    Settings(file).set("examiner", "Ada")
    assert json.loads(file.read_text(encoding="utf-8"))["future.setting"] == 5


def test_a_failed_write_keeps_the_last_good_file(file, monkeypatch):
    settings = Settings(file)
    settings.set("examiner", "Ada")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DiskFull, match="settings"):
        settings.set("examiner", "Grace")
    assert Settings(file).get("examiner") == "Ada"


def test_no_permission_is_a_sentence(file, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    with pytest.raises(NoPermission, match=r"settings\.json"):
        Settings(file).set("examiner", "Ada")
