-- How a connection tells of changes to its tickets: whether callbacks are registered and come, and how far the last
-- sweep got.
CREATE TABLE psa_watches (
    connection_id UUID PRIMARY KEY NOT NULL REFERENCES psa_connections (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    asked_for TEXT,
    asked_at BIGINT,
    problem TEXT,
    received_at BIGINT,
    swept_at BIGINT NOT NULL,
    swept_to TEXT,
    sweep_problem TEXT
);

-- What was read around a ticket that sessions are about.
CREATE TABLE ticket_contexts (
    connection_id UUID NOT NULL REFERENCES psa_connections (id),
    ticket_id TEXT NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    content JSONB NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, ticket_id)
);

CREATE INDEX sessions_watched ON sessions (team_id, connection_id, ticket_id) WHERE closed_at IS NULL;
