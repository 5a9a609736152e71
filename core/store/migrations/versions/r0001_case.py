"""The first schema of a case.

The statements are literal SQL and never edited once released: opening compares a case with the schema that the
migrations make, and text composed by a library could change with the library.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE "case" (
        id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
        title TEXT NOT NULL,
        number TEXT NOT NULL,
        examiner TEXT NOT NULL,
        laboratory TEXT NOT NULL,
        notes TEXT NOT NULL,
        created_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE exhibit (
        id INTEGER NOT NULL PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
        md5 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        container TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        pixels INTEGER NOT NULL,
        taken_at TEXT NOT NULL,
        finding_id INTEGER,
        verdict TEXT,
        verdict_rank INTEGER,
        architecture TEXT,
        score FLOAT,
        agreement INTEGER,
        tag_mask INTEGER NOT NULL,
        has_note BOOLEAN NOT NULL,
        reviewed BOOLEAN NOT NULL
    )
    """,
    "CREATE INDEX exhibit_by_name ON exhibit (name_key)",
    "CREATE INDEX exhibit_by_score ON exhibit (score)",
    "CREATE INDEX exhibit_by_agreement ON exhibit (agreement)",
    "CREATE INDEX exhibit_by_pixels ON exhibit (pixels)",
    "CREATE INDEX exhibit_by_verdict ON exhibit (verdict_rank, architecture)",
    "CREATE INDEX exhibit_by_triage ON exhibit (verdict, architecture, tag_mask, reviewed, score, agreement)",
    "CREATE INDEX exhibit_by_architecture ON exhibit (architecture)",
    """
    CREATE TABLE exhibit_facts (
        exhibit_id INTEGER NOT NULL PRIMARY KEY REFERENCES exhibit (id),
        facts TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE exhibit_text (
        exhibit_id INTEGER NOT NULL PRIMARY KEY REFERENCES exhibit (id),
        origin TEXT NOT NULL,
        hashes TEXT NOT NULL,
        note TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE occurrence (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        path TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        UNIQUE (exhibit_id, path)
    )
    """,
    """
    CREATE TABLE exhibit_tag (
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        tag INTEGER NOT NULL CHECK (tag BETWEEN 0 AND 9),
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL,
        PRIMARY KEY (exhibit_id, tag)
    )
    """,
    """
    CREATE TABLE note (
        exhibit_id INTEGER NOT NULL PRIMARY KEY REFERENCES exhibit (id),
        text TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE review (
        exhibit_id INTEGER NOT NULL PRIMARY KEY REFERENCES exhibit (id),
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE finding (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        detector_name TEXT NOT NULL,
        detector_version TEXT NOT NULL,
        detector_digest TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT NOT NULL,
        architecture TEXT,
        scores TEXT NOT NULL,
        threshold FLOAT NOT NULL,
        grid TEXT,
        likelihood_ratio TEXT,
        feature BLOB,
        conditions TEXT NOT NULL,
        device TEXT NOT NULL,
        ms FLOAT NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX finding_by_exhibit ON finding (exhibit_id, detector_digest)",
    """
    CREATE TABLE intake_batch (
        id INTEGER NOT NULL PRIMARY KEY,
        started_by TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        discarded_at TEXT,
        total INTEGER NOT NULL,
        remaining INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE intake_item (
        id INTEGER NOT NULL PRIMARY KEY,
        batch_id INTEGER NOT NULL REFERENCES intake_batch (id),
        path TEXT NOT NULL,
        member TEXT,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        sha256 TEXT,
        exhibit_id INTEGER REFERENCES exhibit (id)
    )
    """,
    "CREATE INDEX intake_item_by_batch ON intake_item (batch_id, outcome)",
    "CREATE INDEX intake_item_by_outcome ON intake_item (outcome)",
    """
    CREATE TABLE audit (
        sequence INTEGER NOT NULL PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        payload TEXT NOT NULL
    )
    """,
    # Speed bumps, not proof: whoever has the file can drop them, and opening then refuses the case.
    """
    CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
    WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit log is appended to in order'); END
    """,
    """
    CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER finding_not_changed BEFORE UPDATE ON finding
    BEGIN SELECT RAISE(ABORT, 'a finding is never changed'); END
    """,
    """
    CREATE TRIGGER finding_not_removed BEFORE DELETE ON finding
    BEGIN SELECT RAISE(ABORT, 'a finding is never removed'); END
    """,
)


def upgrade() -> None:
    """Make every table, index and trigger."""
    for statement in STATEMENTS:
        op.execute(statement)
