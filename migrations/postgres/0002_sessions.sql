CREATE TABLE psa_connections (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    company TEXT NOT NULL,
    credentials TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX psa_connections_by_name ON psa_connections (team_id, name);

CREATE TABLE sessions (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    thread TEXT NOT NULL,
    connection_id UUID REFERENCES psa_connections (id),
    ticket_id TEXT,
    ticket JSONB,
    owner_id UUID NOT NULL REFERENCES members (id),
    state_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE UNIQUE INDEX sessions_by_thread ON sessions (platform, workspace, thread);
CREATE INDEX sessions_by_team ON sessions (team_id, id);
CREATE INDEX sessions_by_ticket ON sessions (team_id, ticket_id, id);

CREATE TABLE messages (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    author TEXT NOT NULL,
    member_id UUID REFERENCES members (id),
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX messages_by_session ON messages (session_id, id);

-- Confirmed statements. source_id names the check, flow step or fix that a derived fact came from.
CREATE TABLE facts (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    source_id UUID,
    member_id UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX facts_by_session ON facts (session_id, id);

CREATE TABLE checks (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    text TEXT NOT NULL,
    command TEXT,
    status TEXT NOT NULL,
    result TEXT,
    step_id UUID,
    requested_by UUID REFERENCES members (id),
    done_by UUID REFERENCES members (id),
    created_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX checks_by_session ON checks (session_id, id);
