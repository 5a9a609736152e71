"""What examiners write down and draw, groups of exhibits, and how answers survive processing."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    'ALTER TABLE "case" ADD COLUMN blind BOOLEAN NOT NULL DEFAULT 0',
    """
    CREATE TABLE examiner_view (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        examiner TEXT NOT NULL,
        opinion TEXT NOT NULL,
        text TEXT NOT NULL,
        blind BOOLEAN NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX examiner_view_by_exhibit ON examiner_view (exhibit_id, examiner)",
    """
    CREATE TABLE annotation (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        kind TEXT NOT NULL,
        points TEXT NOT NULL,
        text TEXT NOT NULL,
        examiner TEXT NOT NULL,
        made_at TEXT NOT NULL,
        in_report BOOLEAN NOT NULL
    )
    """,
    "CREATE INDEX annotation_by_exhibit ON annotation (exhibit_id)",
    """
    CREATE TABLE exhibit_group (
        id INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        note TEXT NOT NULL,
        made_by TEXT NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE exhibit_group_member (
        group_id INTEGER NOT NULL REFERENCES exhibit_group (id),
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        PRIMARY KEY (group_id, exhibit_id)
    )
    """,
    """
    CREATE TABLE robustness (
        id INTEGER NOT NULL PRIMARY KEY,
        exhibit_id INTEGER NOT NULL REFERENCES exhibit (id),
        finding_id INTEGER REFERENCES finding (id),
        detector_name TEXT NOT NULL,
        detector_version TEXT NOT NULL,
        detector_digest TEXT NOT NULL,
        preset TEXT NOT NULL,
        architecture TEXT NOT NULL,
        verdict TEXT NOT NULL,
        score FLOAT NOT NULL,
        steps TEXT NOT NULL,
        device TEXT NOT NULL,
        seed INTEGER NOT NULL,
        made_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX robustness_by_exhibit ON robustness (exhibit_id, detector_digest)",
    """
    CREATE TRIGGER examiner_view_not_changed BEFORE UPDATE ON examiner_view
    BEGIN SELECT RAISE(ABORT, 'a view is never changed'); END
    """,
    """
    CREATE TRIGGER examiner_view_not_removed BEFORE DELETE ON examiner_view
    BEGIN SELECT RAISE(ABORT, 'a view is never removed'); END
    """,
    """
    CREATE TRIGGER robustness_not_changed BEFORE UPDATE ON robustness
    BEGIN SELECT RAISE(ABORT, 'a robustness check is never changed'); END
    """,
    """
    CREATE TRIGGER robustness_not_removed BEFORE DELETE ON robustness
    BEGIN SELECT RAISE(ABORT, 'a robustness check is never removed'); END
    """,
)


def upgrade() -> None:
    """Add the tables, indexes and triggers."""
    for statement in STATEMENTS:
        op.execute(statement)
