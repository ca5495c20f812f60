CREATE TABLE psa_connections (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    company TEXT NOT NULL,
    credentials TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX psa_connections_by_name ON psa_connections (team_id, name);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    thread TEXT NOT NULL,
    connection_id BLOB REFERENCES psa_connections (id),
    ticket_id TEXT,
    ticket TEXT,
    owner_id BLOB NOT NULL REFERENCES members (id),
    state_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX sessions_by_thread ON sessions (platform, workspace, thread);
CREATE INDEX sessions_by_team ON sessions (team_id, id);
CREATE INDEX sessions_by_ticket ON sessions (team_id, ticket_id, id);

CREATE TABLE messages (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    author TEXT NOT NULL,
    member_id BLOB REFERENCES members (id),
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_session ON messages (session_id, id);

-- Confirmed statements. source_id names the check, flow step or fix that a derived fact came from.
CREATE TABLE facts (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    source_id BLOB,
    member_id BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX facts_by_session ON facts (session_id, id);

CREATE TABLE checks (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    text TEXT NOT NULL,
    command TEXT,
    status TEXT NOT NULL,
    result TEXT,
    step_id BLOB,
    requested_by BLOB REFERENCES members (id),
    done_by BLOB REFERENCES members (id),
    created_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX checks_by_session ON checks (session_id, id);
