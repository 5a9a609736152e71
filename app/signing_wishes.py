"""Whose certificate a verb signs with: a file by its path, its password from the environment or a prompt only."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from core.reporting import SigningChoice

PASSWORD_VARIABLE = "DNADET_P12_PASSWORD"


def signing_choice(p12: Path | None, *, reason: str = "", place: str = "", visible: bool = True) -> SigningChoice:
    """The choice for a PKCS#12 file, or for the seal of this installation where there is none.

    The password is never an argument: it would stay in the list of processes and in the history of the shell.
    """
    if p12 is None:
        return SigningChoice(visible=visible, reason=reason, place=place)
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = typer.prompt(f"Password of {p12}", default="", hide_input=True, show_default=False, err=True)
    return SigningChoice(p12, password, visible=visible, reason=reason, place=place)
