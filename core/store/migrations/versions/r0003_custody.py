"""The chained log, custody, propositions and conclusions, repetitions, and issued reports."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEVER_CHANGED = (
    "chain",
    "signing_key",
    "custody_event",
    "custody_event_exhibit",
    "recheck",
    "rerun",
    "propositions",
    "conclusion",
    "issued_report",
    "origin",
    "origin_entry",
)

TABLES = (
    "ALTER TABLE \"case\" ADD COLUMN uid TEXT NOT NULL DEFAULT ''",
    'UPDATE "case" SET uid = lower(hex(randomblob(16)))',
    """
    CREATE TABLE signing_key (
        key TEXT NOT NULL PRIMARY KEY,
        public_key TEXT NOT NULL,
        installation TEXT NOT NULL,
        first_used TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE chain (
        sequence INTEGER NOT NULL PRIMARY KEY REFERENCES audit (sequence),
        previous TEXT NOT NULL,
        digest TEXT NOT NULL,
        changes TEXT NOT NULL,
        key TEXT NOT NULL,
        signature TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE custody_event (
        id INTEGER NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        from_party TEXT NOT NULL,
        to_party TEXT NOT NULL,
        item TEXT NOT NULL,
        seal TEXT NOT NULL,
        place TEXT NOT NULL,
        remarks TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL,
        corrects INTEGER REFERENCES custody_event (id)
    )
    """,
    """
    CREATE TABLE custody_event_exhibit (
        event_id INTEGER NOT NULL REFERENCES custody_event (id),
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        PRIMARY KEY (event_id, exhibit_id)
    )
    """,
    "CREATE INDEX custody_event_of_exhibit ON custody_event_exhibit (exhibit_id)",
    """
    CREATE TABLE recheck (
        id INTEGER NOT NULL PRIMARY KEY,
        reason TEXT NOT NULL,
        exhibits INTEGER NOT NULL,
        intact INTEGER NOT NULL,
        problems TEXT NOT NULL,
        complete BOOLEAN NOT NULL,
        at TEXT NOT NULL,
        made_by TEXT NOT NULL,
        seconds FLOAT NOT NULL
    )
    """,
    """
    CREATE TABLE rerun (
        id INTEGER NOT NULL PRIMARY KEY,
        finding_id INTEGER NOT NULL REFERENCES finding (id),
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        outcome TEXT NOT NULL,
        sentence TEXT NOT NULL,
        largest FLOAT,
        tolerance FLOAT NOT NULL,
        conditions_then TEXT NOT NULL,
        conditions_now TEXT NOT NULL,
        at TEXT NOT NULL,
        made_by TEXT NOT NULL
    )
    """,
    "CREATE INDEX rerun_by_exhibit ON rerun (exhibit_id)",
    """
    CREATE TABLE propositions (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        first TEXT NOT NULL,
        second TEXT NOT NULL,
        population TEXT NOT NULL,
        background TEXT NOT NULL,
        architecture TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL,
        before_answer BOOLEAN NOT NULL
    )
    """,
    "CREATE INDEX propositions_by_exhibit ON propositions (exhibit_id)",
    """
    CREATE TABLE conclusion (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        author TEXT NOT NULL,
        role TEXT NOT NULL,
        outcome TEXT NOT NULL,
        opinion TEXT NOT NULL,
        limitations TEXT NOT NULL,
        scale TEXT NOT NULL,
        phrase TEXT NOT NULL,
        finding_id INTEGER REFERENCES finding (id),
        agrees BOOLEAN,
        propositions_id INTEGER REFERENCES propositions (id),
        made_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX conclusion_by_exhibit ON conclusion (exhibit_id)",
    """
    CREATE TABLE report_draft (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        draft TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE issued_report (
        id INTEGER NOT NULL PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        number TEXT NOT NULL,
        revision INTEGER NOT NULL,
        supersedes TEXT NOT NULL,
        reason TEXT NOT NULL,
        form TEXT NOT NULL,
        language TEXT NOT NULL,
        author TEXT NOT NULL,
        exhibits TEXT NOT NULL,
        draft TEXT NOT NULL,
        files TEXT NOT NULL,
        head_sequence INTEGER NOT NULL,
        head_digest TEXT NOT NULL,
        signer TEXT NOT NULL,
        issued_at TEXT NOT NULL,
        UNIQUE (number, revision)
    )
    """,
    """
    CREATE TABLE time_stamp (
        id INTEGER NOT NULL PRIMARY KEY,
        sequence INTEGER NOT NULL,
        digest TEXT NOT NULL,
        request BLOB NOT NULL,
        reply BLOB,
        authority TEXT NOT NULL,
        requested_at TEXT NOT NULL,
        stamped_at TEXT
    )
    """,
    """
    CREATE TABLE origin (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        case_uid TEXT NOT NULL,
        title TEXT NOT NULL,
        number TEXT NOT NULL,
        head_sequence INTEGER NOT NULL,
        head_digest TEXT NOT NULL,
        exported_by TEXT NOT NULL,
        exported_at TEXT NOT NULL,
        exhibits_left_out INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE origin_entry (
        sequence INTEGER NOT NULL PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        payload TEXT,
        payload_digest TEXT NOT NULL,
        changes TEXT,
        changes_digest TEXT NOT NULL,
        previous TEXT NOT NULL,
        digest TEXT NOT NULL,
        key TEXT NOT NULL,
        signature TEXT NOT NULL
    )
    """,
)

# Speed bumps, not proof: the chain is the proof.
TRIGGERS = tuple(
    f"""
    CREATE TRIGGER {table}_not_{what} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, 'a row of {table} is never {what}'); END
    """
    for table in _NEVER_CHANGED
    for verb, what in (("UPDATE", "changed"), ("DELETE", "removed"))
)


def upgrade() -> None:
    """Add the tables, indexes and triggers."""
    for statement in (*TABLES, *TRIGGERS):
        op.execute(statement)
