"""Everything the analyst can ask for, as a table of rows; menus, shortcuts and the shortcut sheet are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QUndoStack

from app.wording import visible

_TAG_TIP = "Give the selected exhibits this tag, or take it from them when all have it."
TAG_KEYS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)


class When(StrEnum):
    """What must be true for an action to be offered."""

    ALWAYS = "always"
    CASE = "a case is open"
    WRITABLE = "a case is open and may be changed"
    TARGET = "an exhibit is selected or shown"
    WRITABLE_TARGET = "an exhibit is selected or shown, and the case may be changed"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the analyst can ask for.

    Attributes:
        id: ``room.verb``; the room is the menu it stands in.
        text: caption with its mnemonic.
        keys: shortcuts, the first one is shown; standard names such as "Undo" follow the platform.
        icon: name in ``resources/icons``, or empty.
        when: what must be true for it to be offered.
        page: the page that must be visible, or empty.
        local: the keys work only where a page puts the action; Space and Enter would steal the keys of buttons.
        ruled: a line stands before it in the menu.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    when: When = When.ALWAYS
    page: str = ""
    local: bool = False
    ruled: bool = False

    @property
    def menu(self) -> str:
        """The menu it stands in."""
        return self.id.partition(".")[0]

    @property
    def tip(self) -> str:
        """One sentence for a newcomer."""
        return _TAG_TIP if self.id.startswith("triage.tag_") else _TIPS.get(self.id, "")


def _tag(digit: int) -> Action:
    return Action(f"triage.tag_{digit}", f"Tag {digit}", (str(digit),), "", When.WRITABLE_TARGET, ruled=digit == 1)


ACTIONS: tuple[Action, ...] = (
    Action("case.new", "&New case…", ("Ctrl+N",), "new"),
    Action("case.open", "&Open case…", ("Ctrl+O",), "open"),
    Action("case.recent", "&Recent cases"),
    Action("case.close", "&Close case", ("Ctrl+W",), "close", When.CASE),
    Action("case.add_files", "Add &files…", ("Ctrl+I",), "add-files", When.WRITABLE, ruled=True),
    Action("case.add_folder", "Add f&older…", ("Ctrl+Shift+I",), "add-folder", When.WRITABLE),
    Action("case.analyse", "&Analyse what is left", ("Ctrl+R",), "analyse", When.WRITABLE),
    Action("case.report", "Last &intake report…", ("Ctrl+L",), "list", When.CASE),
    Action("case.verify", "Ver&ify case…", ("Ctrl+Shift+V",), "check", When.CASE, ruled=True),
    Action("case.verify_report", "Verify a re&port…", (), "report"),
    Action("case.archive", "Archi&ve case…", (), "", When.CASE, ruled=True),
    Action("case.restore", "Res&tore a case…"),
    Action("case.custody", "C&ustody…", (), "custody", When.WRITABLE, "case"),
    Action("case.verify_evidence", "&Verify evidence", (), "done", When.CASE, "case"),
    Action("case.reveal", "&Show in file manager", (), "open", When.CASE, ruled=True),
    Action("case.quit", "&Quit", ("Quit", "Ctrl+Q"), ruled=True),
    Action("edit.undo", "&Undo", ("Undo",), "undo", When.WRITABLE),
    Action("edit.redo", "&Redo", ("Redo",), "redo", When.WRITABLE),
    Action("view.case", "&Case", ("Ctrl+1",), "case"),
    Action("view.triage", "&Triage", ("Ctrl+2",), "triage"),
    Action("view.examine", "&Examine", ("Ctrl+3",), "examine"),
    Action("view.report", "Repo&rt", ("Ctrl+4",), "report"),
    Action("view.detectors", "&Detectors", ("Ctrl+5",), "detectors"),
    Action("view.map", "&Map", ("Ctrl+6",), "map"),
    Action("view.settings", "&Settings", ("Ctrl+7", "Preferences"), "settings"),
    Action("view.find", "&Find", ("Find",), "search", When.CASE, "triage", ruled=True),
    Action("view.filters", "Filter &panel", ("F7",), "filter", When.CASE, "triage"),
    Action("view.inspector", "&Inspector", ("F8",), "info", When.CASE, "triage"),
    Action("view.filmstrip", "&Neighbours", ("F9",), "", When.CASE, "examine"),
    Action("view.larger", "&Larger thumbnails", ("ZoomIn", "Ctrl+="), "", When.CASE, "triage", ruled=True),
    Action("view.smaller", "S&maller thumbnails", ("ZoomOut",), "", When.CASE, "triage"),
    Action("view.full_screen", "F&ull screen", ("F11",), ruled=True),
    Action("triage.examine", "&Examine", ("Return", "Enter"), "examine", When.TARGET, "triage", local=True),
    Action("triage.quick_look", "&Quick look", ("Space",), "eye", When.TARGET, "triage", local=True),
    Action("triage.note", "Write a &note", ("T",), "note", When.WRITABLE_TARGET, "triage", ruled=True),
    Action("triage.review", "Mark as &reviewed", ("R",), "check", When.WRITABLE_TARGET, "triage"),
    Action("triage.make_group", "&Make a group…", ("M",), "group", When.WRITABLE_TARGET, "triage"),
    Action("triage.export", "E&xport as a case…", (), "", When.TARGET, "triage"),
    Action("triage.custody", "C&ustody of these…", (), "custody", When.WRITABLE_TARGET, "triage"),
    Action("triage.select_all", "&Select all", ("SelectAll",), "", When.CASE, "triage", local=True, ruled=True),
    Action("triage.clear_filter", "Show &all exhibits", ("Ctrl+Shift+F",), "", When.CASE, "triage"),
    *(_tag(digit) for digit in TAG_KEYS),
    Action("examine.previous", "&Previous exhibit", ("PgUp", "P"), "previous", When.TARGET, "examine"),
    Action("examine.next", "&Next exhibit", ("PgDown", "N"), "next", When.TARGET, "examine"),
    Action("examine.next_unreviewed", "Next &unreviewed", ("U",), "next-unreviewed", When.TARGET, "examine"),
    Action("examine.mark_reviewed", "Mark as &reviewed", ("R",), "check", When.WRITABLE_TARGET, "examine"),
    Action("examine.write_view", "Write your &view", ("V",), "eye", When.WRITABLE_TARGET, "examine"),
    Action("examine.remove_annotation", "Remove the annotat&ion", ("Del",), "delete", When.WRITABLE_TARGET, "examine"),
    Action("examine.one", "&One picture", ("Alt+1",), "pane-one", When.TARGET, "examine", ruled=True),
    Action("examine.two", "&Two side by side", ("Alt+2",), "pane-two", When.TARGET, "examine"),
    Action("examine.four", "Fo&ur side by side", ("Alt+4",), "pane-four", When.TARGET, "examine"),
    Action("examine.split", "Sp&lit", ("S",), "pane-split", When.TARGET, "examine"),
    Action("examine.flicker", "Flic&ker", ("K",), "pane-flicker", When.TARGET, "examine"),
    Action("examine.difference", "&Difference", ("D",), "pane-difference", When.TARGET, "examine"),
    Action("examine.other_pane", "Next p&ane", ("O",), "", When.TARGET, "examine"),
    Action("examine.in_step", "Back in st&ep", ("B",), "", When.TARGET, "examine"),
    Action("examine.toggle_original", "&Image", ("I",), "", When.TARGET, "examine", ruled=True),
    Action("examine.toggle_heat_map", "&Heat map", ("H",), "heat-map", When.TARGET, "examine"),
    Action("examine.toggle_grid", "Consistency &grid", ("G",), "grid", When.TARGET, "examine"),
    Action("examine.toggle_residual", "&Noise residual", ("E",), "", When.TARGET, "examine"),
    Action("examine.toggle_spectrum", "Spectru&m", ("Q",), "", When.TARGET, "examine"),
    Action("examine.opacity_up", "&Stronger layer", ("Alt+Up", "]"), "", When.TARGET, "examine"),
    Action("examine.opacity_down", "Fa&inter layer", ("Alt+Down", "["), "", When.TARGET, "examine"),
    Action("examine.next_colours", "Next &colours", ("C",), "", When.TARGET, "examine"),
    Action("examine.lock_scale", "One scale for all heat &maps", ("L",), "", When.TARGET, "examine"),
    Action("examine.everywhere", "Same la&yers in all panes", ("A",), "", When.TARGET, "examine"),
    Action("examine.fit", "&Fit to window", ("F", "Ctrl+0"), "fit", When.TARGET, "examine", ruled=True),
    Action("examine.full_size", "100 %", ("Z",), "", When.TARGET, "examine"),
    Action("examine.double_size", "200 %", ("Shift+Z",), "", When.TARGET, "examine"),
    Action("examine.zoom_in", "&Zoom in", ("+", "="), "", When.TARGET, "examine"),
    Action("examine.zoom_out", "Zoom o&ut", ("-",), "", When.TARGET, "examine"),
    Action("examine.navigator", "Na&vigator", ("M",), "", When.TARGET, "examine"),
    Action("examine.back", "&Back to Triage", ("Esc",), "triage", When.ALWAYS, "examine", ruled=True),
    Action("report.issue", "&Issue report…", ("Ctrl+Shift+P",), "report", When.WRITABLE, "report"),
    Action("report.next_point", "Next &point of the checklist", ("F4",), "check", When.CASE, "report"),
    Action("report.renew", "&Renew preview", ("F5",), "", When.CASE, "report", ruled=True),
    Action("report.go_to_page", "&Go to page", ("Ctrl+G",), "", When.CASE, "report"),
    Action("report.fit", "&Fit width", ("Ctrl+0",), "fit", When.CASE, "report"),
    Action("report.zoom_in", "&Larger pages", ("ZoomIn", "Ctrl+="), "", When.CASE, "report"),
    Action("report.zoom_out", "&Smaller pages", ("ZoomOut",), "", When.CASE, "report"),
    Action("help.shortcuts", "&Keyboard shortcuts", ("?", "F1"), "help"),
    Action("help.about", "&About DNA-Det Workbench"),
)
# Keys that a widget answers itself, for the sheet of shortcuts: menu, what they do, how they are written.
GESTURES: tuple[tuple[str, str, str], ...] = (
    ("examine", "Move the picture", "Arrow keys"),
    ("examine", "Move one pane alone", "Shift + arrow keys"),
    ("examine", "Zoom one pane alone", "Ctrl + plus, minus"),
    ("examine", "Move the line of Split", "Arrow keys on it"),
    ("examine", "See the other picture of Flicker", "Hold Space"),
)
_TIPS = {
    "case.new": "Begin an investigation.",
    "case.open": "Open a folder that ends in .dnacase.",
    "case.close": "Put the case away; everything is already saved.",
    "case.add_files": "Take images or ZIP archives into the case. The originals are only read.",
    "case.add_folder": "Take everything in a folder and its subfolders into the case.",
    "case.analyse": "Let the current detector look at every exhibit it has not seen yet.",
    "case.report": "What became of every file of the last intake.",
    "case.custody": "Write down who had the items and when.",
    "case.verify_evidence": "Hash every exhibit again: is it still what was taken in?",
    "case.verify": "Is every byte and every entry of the log still what it was?",
    "case.verify_report": "Put a report file to the test, against the open case if there is one.",
    "case.archive": "Write the whole case into one file, with the hash of everything in it.",
    "case.restore": "Bring a case back out of one file, every byte checked.",
    "case.reveal": "Open the folder of the case.",
    "case.quit": "Leave the program; everything is already saved.",
    "edit.undo": "Take back the last tag, note, review, annotation or group.",
    "edit.redo": "Do again what was taken back.",
    "view.case": "The case: what it is about, how far it is, its log.",
    "view.triage": "All exhibits: filter, sort and tag them.",
    "view.examine": "One exhibit: what the detector says, and why.",
    "view.report": "Write a report, see its pages, and issue it.",
    "view.detectors": "The trained networks, and how well they were measured to work.",
    "view.map": "Where the exhibits lie among others: groups, neighbours, a lasso.",
    "view.settings": "How the program behaves.",
    "view.find": "Search file names, paths, hashes and notes.",
    "view.filters": "Show or hide the filters.",
    "view.inspector": "Show or hide what is known of the selection.",
    "view.filmstrip": "Show or hide the strip of neighbouring exhibits.",
    "triage.examine": "Open the exhibit with everything the detector says about it.",
    "triage.quick_look": "See the image large; Space or Esc closes it.",
    "triage.note": "Go to the note of the exhibit.",
    "triage.review": "Mark the selected exhibits as reviewed, or take the mark away when all have it.",
    "triage.make_group": "Give the selected exhibits a name as a group; the filter can show it.",
    "triage.export": "Make a case of its own of the selected exhibits, to hand it to somebody.",
    "triage.custody": "Write down who had the items that the selected exhibits came from, and when.",
    "triage.select_all": "Select every exhibit that is shown.",
    "triage.clear_filter": "Remove every filter.",
    "examine.next_unreviewed": "Go to the next exhibit that is not marked as reviewed.",
    "examine.mark_reviewed": "Mark this exhibit as reviewed, or take the mark away.",
    "examine.write_view": "Go to where you write down what you think of the exhibit yourself.",
    "examine.remove_annotation": "Take away the annotation that is chosen, if you drew it.",
    "examine.one": "One exhibit fills the page.",
    "examine.two": "Two exhibits, layers or detectors side by side, looking at the same place.",
    "examine.four": "Four exhibits, layers or detectors side by side, looking at the same place.",
    "examine.split": "Two pictures over one another, with a line between them that can be moved.",
    "examine.flicker": "Two pictures over one another; hold Space to see the second.",
    "examine.difference": "How far two pictures of one size are apart, pixel by pixel.",
    "examine.other_pane": "Make the next pane the active one.",
    "examine.in_step": "Let every pane show the same place again, after one was moved alone with Shift.",
    "examine.toggle_original": "Show or hide the pixels of the image under the other layers.",
    "examine.toggle_residual": "Show or hide what is left when a smooth image is taken away.",
    "examine.toggle_spectrum": "Show or hide the regular patterns in the noise of the image.",
    "examine.opacity_up": "The uppermost layer covers more.",
    "examine.opacity_down": "The uppermost layer covers less.",
    "examine.next_colours": "Colour heat maps with the next table.",
    "examine.lock_scale": "One colour means one raw value in all heat maps that are shown.",
    "examine.everywhere": "What is changed in the Layers tab changes in every pane.",
    "examine.navigator": "Show or hide the small map of the whole image while a part of it is in view.",
    "examine.toggle_heat_map": "Show or hide where in the image the detector found what it says.",
    "examine.toggle_grid": "Show or hide what sixteen tiles of the image say, each by itself.",
    "examine.back": "See all exhibits again.",
    "examine.full_size": "One image pixel on one screen pixel.",
    "examine.double_size": "One image pixel on four screen pixels.",
    "report.issue": "Check, seal and keep the report; it cannot be changed afterwards.",
    "report.next_point": "Go to the first thing that is missing.",
    "report.renew": "Make the preview and the checklist again.",
    "report.go_to_page": "Type the number of a page.",
    "report.fit": "Make the pages as wide as the pane.",
    "help.shortcuts": "Everything the keyboard can do.",
    "help.about": "What the program is, its licence and where it keeps things.",
}
BY_ID = {action.id: action for action in ACTIONS}
MENUS: tuple[tuple[str, str], ...] = (
    ("case", "&Case"),
    ("edit", "&Edit"),
    ("view", "&View"),
    ("triage", "&Triage"),
    ("examine", "E&xamine"),
    ("report", "&Report"),
    ("help", "&Help"),
)


def translated(text: str) -> str:
    """A caption of the tables in the language of the program."""
    return QCoreApplication.translate("Actions", text)


def plain(text: str) -> str:
    """A caption without its mnemonic and ellipsis."""
    return translated(text).replace("&", "").rstrip("…")


def key_sequences(row: Action) -> list[QKeySequence]:
    """The shortcuts of an action on this platform, without repetitions."""
    found: list[QKeySequence] = []
    for key in row.keys:
        standard = getattr(QKeySequence.StandardKey, key, None)
        bindings = QKeySequence.keyBindings(standard) if standard is not None else [QKeySequence(key)]
        found += [sequence for sequence in bindings if not sequence.isEmpty() and sequence not in found]
    return found


def keys_text(row: Action) -> str:
    """The shortcuts of an action as they are written on this platform; of a standard one only the usual keys."""
    usual = [keys for key in row.keys for keys in key_sequences(replace(row, keys=(key,)))[:1]]
    return ", ".join(dict.fromkeys(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in usual))


def is_offered(row: Action, *, page: str, case: bool, writable: bool, target: bool) -> bool:
    """Whether an action makes sense now.

    Args:
        row: the action.
        page: the page that is visible.
        case: a case is open.
        writable: and it may be changed.
        target: an exhibit is selected or shown.
    """
    met = {
        When.ALWAYS: True,
        When.CASE: case,
        When.WRITABLE: writable,
        When.TARGET: case and target,
        When.WRITABLE_TARGET: writable and target,
    }
    return met[row.when] and row.page in ("", page)


def build_actions(parent: QObject, rows: Iterable[Action] = ACTIONS) -> dict[str, QAction]:
    """Make the `QAction` of every row; the window connects who is asked when it is triggered."""
    return {row.id: _build(row, parent) for row in rows}


def offer_actions(actions: Mapping[str, QAction], *, page: str, case: bool, writable: bool, target: bool) -> None:
    """Enable what makes sense now, see `is_offered`."""
    for row in ACTIONS:
        actions[row.id].setEnabled(is_offered(row, page=page, case=case, writable=writable, target=target))


def offer_undo(actions: Mapping[str, QAction], stack: QUndoStack, *, writable: bool) -> None:
    """Say what can be taken back and done again."""
    for action_id, can, what in (
        ("edit.undo", stack.canUndo(), stack.undoText()),
        ("edit.redo", stack.canRedo(), stack.redoText()),
    ):
        actions[action_id].setEnabled(can and writable)
        actions[action_id].setText(f"{translated(BY_ID[action_id].text)} {what}".strip())


def name_tags(actions: Mapping[str, QAction], names: Sequence[str]) -> None:
    """Give the ten tag actions the analyst's names for the tags."""
    for tag in TAG_KEYS:
        actions[f"triage.tag_{tag}"].setText(f"{tag}  {visible(names[tag])}".replace("&", "&&"))


def _build(row: Action, parent: QObject) -> QAction:
    action = QAction(translated(row.text), parent)
    action.setObjectName(row.id)
    keys = key_sequences(row)
    action.setShortcuts(keys)
    if row.local:
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    tip = translated(row.tip) if row.tip else plain(row.text)
    shown = keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
    action.setToolTip(f"{tip} ({shown})" if shown else tip)
    action.setStatusTip(tip)
    return action
