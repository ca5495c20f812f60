-- A note that a member asked for: open while its preview is on screen.
CREATE TABLE notes (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    requested_by BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    decided_by BLOB REFERENCES members (id),
    decided_at INTEGER
) STRICT;
CREATE INDEX notes_by_session ON notes (session_id, id);

-- The one delivery of a note to the PSA ticket.
CREATE TABLE postings (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    connection_id BLOB NOT NULL REFERENCES psa_connections (id),
    ticket_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state_version INTEGER NOT NULL,
    marker TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    looks INTEGER NOT NULL DEFAULT 0,
    external_id TEXT,
    error TEXT,
    member_id BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX postings_once ON postings (connection_id, ticket_id, kind, session_id, state_version);
CREATE INDEX postings_by_session ON postings (session_id, id);

-- What a thread shows: one row a card, one message each, edited in place.
CREATE TABLE cards (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    content TEXT NOT NULL,
    revision INTEGER NOT NULL,
    message_ref TEXT,
    delivered_revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX cards_by_subject ON cards (session_id, kind, subject);
