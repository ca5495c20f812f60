-- Files that people posted in a session's thread. external_ref is what the platform calls the file; bytes is what it
-- says of the size until the file is kept. The content is the last column: whoever reads the others skips it.
CREATE TABLE attachments (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    message_id BLOB NOT NULL REFERENCES messages (id),
    external_ref TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    media_type TEXT,
    bytes INTEGER,
    sha256 TEXT,
    created_at INTEGER NOT NULL,
    content BLOB
) STRICT;
CREATE UNIQUE INDEX attachments_by_ref ON attachments (session_id, external_ref);
CREATE INDEX attachments_by_session ON attachments (session_id, id);

CREATE INDEX sessions_by_owner ON sessions (team_id, owner_id, status, id);
