-- How a connection tells of changes to its tickets: whether callbacks are registered and come, and how far the last
-- sweep got.
CREATE TABLE psa_watches (
    connection_id BLOB PRIMARY KEY NOT NULL REFERENCES psa_connections (id),
    team_id BLOB NOT NULL REFERENCES teams (id),
    asked_for TEXT,
    asked_at INTEGER,
    problem TEXT,
    received_at INTEGER,
    swept_at INTEGER NOT NULL,
    swept_to TEXT,
    sweep_problem TEXT
) STRICT;

-- What was read around a ticket that sessions are about.
CREATE TABLE ticket_contexts (
    connection_id BLOB NOT NULL REFERENCES psa_connections (id),
    ticket_id TEXT NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    content TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    PRIMARY KEY (connection_id, ticket_id)
) STRICT;

CREATE INDEX sessions_watched ON sessions (team_id, connection_id, ticket_id) WHERE closed_at IS NULL;
