from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app import signing_wishes
from app.signing_wishes import PASSWORD_VARIABLE, signing_choice


def test_without_a_file_the_installation_seals_and_nobody_is_asked(monkeypatch):
    monkeypatch.setattr(typer, "prompt", lambda *_args, **_how: pytest.fail("asked"))
    choice = signing_choice(None, reason="Issued", place="Hamburg", visible=False)
    assert (choice.p12, choice.password, choice.reason, choice.place, choice.visible) == (
        None, "", "Issued", "Hamburg", False,
    )  # fmt: skip


def test_the_password_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "from outside")
    monkeypatch.setattr(typer, "prompt", lambda *_args, **_how: pytest.fail("asked"))
    assert signing_choice(Path("me.p12")).password == "from outside"
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    assert signing_choice(Path("me.p12")).password == ""


def test_else_it_is_asked_for_and_not_shown(monkeypatch):
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    verbs, kept = typer.Typer(), []

    @verbs.command()
    def sign():
        kept.append(signing_choice(Path("me.p12")))

    done = CliRunner().invoke(verbs, [], input="typed secret\n")
    assert done.exit_code == 0
    assert kept[0].password == "typed secret"
    assert "typed secret" not in done.output
    assert "Password of me.p12" in done.stderr
    assert signing_wishes.PASSWORD_VARIABLE == "DNADET_P12_PASSWORD"
