-- A note that a member asked for: open while its preview is on screen.
CREATE TABLE notes (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    requested_by UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    decided_by UUID REFERENCES members (id),
    decided_at BIGINT
);
CREATE INDEX notes_by_session ON notes (session_id, id);

-- The one delivery of a note to the PSA ticket.
CREATE TABLE postings (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    connection_id UUID NOT NULL REFERENCES psa_connections (id),
    ticket_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state_version BIGINT NOT NULL,
    marker TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    looks BIGINT NOT NULL DEFAULT 0,
    external_id TEXT,
    error TEXT,
    member_id UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX postings_once ON postings (connection_id, ticket_id, kind, session_id, state_version);
CREATE INDEX postings_by_session ON postings (session_id, id);

-- What a thread shows: one row a card, one message each, edited in place.
CREATE TABLE cards (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    subject UUID NOT NULL,
    content JSONB NOT NULL,
    revision BIGINT NOT NULL,
    message_ref TEXT,
    delivered_revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX cards_by_subject ON cards (session_id, kind, subject);
