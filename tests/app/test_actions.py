from collections import defaultdict

import pytest
from PySide6.QtCore import QObject, Qt

from app.actions import ACTIONS, BY_ID, MENUS, When, build_actions, is_offered, key_sequences, keys_text
from core.paths import resources


def test_ids_are_unique_and_every_action_stands_in_a_menu():
    assert len(BY_ID) == len(ACTIONS)
    assert {row.menu for row in ACTIONS} == {name for name, _title in MENUS}


def test_every_icon_exists():
    for row in ACTIONS:
        assert not row.icon or (resources() / "icons" / f"{row.icon}.svg").exists(), row.icon


def test_no_two_actions_share_a_key_on_one_page(qapp):
    for page in ("case", "triage", "examine", "report"):
        owners = defaultdict(list)
        for row in ACTIONS:
            if row.page in ("", page):
                for keys in key_sequences(row):
                    owners[keys.toString()].append(row.id)
        assert {keys: ids for keys, ids in owners.items() if len(ids) > 1} == {}


def test_what_is_offered_follows_the_state():
    tag = BY_ID["triage.tag_1"]
    assert is_offered(tag, page="triage", case=True, writable=True, target=True)
    assert not is_offered(tag, page="triage", case=True, writable=False, target=True)
    assert not is_offered(tag, page="triage", case=True, writable=True, target=False)
    fit = BY_ID["examine.fit"]
    assert not is_offered(fit, page="triage", case=True, writable=True, target=True)
    assert is_offered(fit, page="examine", case=True, writable=False, target=True)


@pytest.mark.parametrize("action_id", ["triage.quick_look", "triage.examine"])
def test_space_and_enter_belong_to_the_grid_alone(qapp, action_id):
    parent = QObject()
    assert build_actions(parent)[action_id].shortcutContext() is Qt.ShortcutContext.WidgetWithChildrenShortcut


def test_writing_actions_need_a_case_that_may_be_changed():
    writing = {row.id for row in ACTIONS if row.when in (When.WRITABLE, When.WRITABLE_TARGET)}
    assert {"case.add_files", "case.analyse", "triage.note", "triage.review", "examine.mark_reviewed"} <= writing


def test_keys_are_shown_once(qapp):
    assert keys_text(BY_ID["edit.undo"]) == "Ctrl+Z"
    assert keys_text(BY_ID["case.reveal"]) == ""
