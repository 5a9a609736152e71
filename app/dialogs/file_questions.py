"""Asks for files and folders with the dialogs of the system."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

_IMAGES = "*.jpg *.jpeg *.jpe *.png *.webp *.tif *.tiff *.bmp *.gif *.avif *.heic *.heif *.zip"


def ask_files(parent: QWidget) -> tuple[Path, ...]:
    """Files to take in; empty when the analyst thought better of it."""
    kinds = f"{_tr('Images and ZIP archives')} ({_IMAGES} {_IMAGES.upper()});;{_tr('All files')} (*)"
    names, _kind = QFileDialog.getOpenFileNames(parent, _tr("Add files to the case"), "", kinds)
    return tuple(map(Path, names))


def ask_folder(parent: QWidget) -> tuple[Path, ...]:
    """A folder to take in."""
    name = QFileDialog.getExistingDirectory(parent, _tr("Add a folder to the case"))
    return (Path(name),) if name else ()


def ask_case(parent: QWidget, folder: str) -> Path | None:
    """The folder of a case to open, or None."""
    name = QFileDialog.getExistingDirectory(parent, _tr("Open a case (a folder that ends in .dnacase)"), folder)
    return Path(name) if name else None


def ask_test_images(parent: QWidget, folder: str) -> Path | None:
    """A folder of images whose origin is known, or None."""
    title = _tr("Images whose origin you know: a folder for each class, in it one for each source")
    name = QFileDialog.getExistingDirectory(parent, title, folder)
    return Path(name) if name else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("FileQuestions", text)
