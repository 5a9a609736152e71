"""The menu bar, made from the table of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from app.actions import ACTIONS, MENUS, translated
from app.wording import visible


def fill_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> None:
    """Put every action into the menu it belongs to."""
    for name, title in MENUS:
        menu = bar.addMenu(translated(title))
        menu.setToolTipsVisible(True)
        for row in ACTIONS:
            if row.menu == name:
                if row.ruled:
                    menu.addSeparator()
                menu.addAction(actions[row.id])


def fill_recent(menu: QMenu, paths: Sequence[Path], open_case: Callable[[Path], None]) -> None:
    """List cases that were open before."""
    menu.clear()
    for place, path in enumerate(paths, start=1):
        name = visible(f"{path.stem}  ({path.parent})", longest=120).replace("&", "&&")
        menu.addAction(f"&{place}  {name}" if place < 10 else name).triggered.connect(partial(open_case, path))
    menu.menuAction().setEnabled(bool(paths))
