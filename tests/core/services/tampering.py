"""What a tamperer does: edits below the program, a log written anew, another computer."""

import sqlite3
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import StaticPool

from core.custody import ClaimState
from core.services.verification import CaseVerification
from core.store import chain
from core.store.connect import DATABASE, engine_of, open_for_writing
from core.store.session import Transaction

_TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"


def behind_its_back(folder, *statements):
    """Edit a case at rest as somebody would who knows it well: without its triggers, which are put back afterwards."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        triggers = connection.execute(_TRIGGERS).fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


def another_computer(tmp_path, monkeypatch):
    """From now on another user, who has never seen a case."""
    home = tmp_path / "another computer"
    monkeypatch.setenv("DNADET_HOME", str(home))
    return home


def rewritten(folder, home, *statements):
    """Edit a case and write its whole log anew, signed with the key of another user folder."""
    behind_its_back(folder, *statements, "DELETE FROM chain", "DELETE FROM signing_key")
    with user_folder(home), closing(open_for_writing(folder / DATABASE)) as connection:
        engine = engine_of(lambda: connection, StaticPool, "BEGIN IMMEDIATE")
        with Transaction(engine, folder=folder, actor="Mallory") as transaction:
            chain.seal_as_found(transaction)
            transaction.commit()


@contextmanager
def user_folder(home):
    """Be another user for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNADET_HOME", str(home))
        yield


def claims_of(folder):
    """What verification says, by the name of the claim."""
    return {claim.name: claim for claim in CaseVerification().case(folder).claims}


def failed(folder):
    """The claims that fail, but for the one that looks at bytes instead of meaning."""
    found = claims_of(folder)
    return {name for name, claim in found.items() if claim.state is ClaimState.FAILED} - {"file as closed"}


def told(folder, name):
    """The words of a claim that fails."""
    claim = claims_of(folder)[name]
    assert claim.state is ClaimState.FAILED
    return "\n".join([claim.sentence, *claim.details])
