-- Who sees a note besides technicians: nobody, the customer in the discussion, or they are e-mailed too.
ALTER TABLE notes ADD COLUMN share TEXT NOT NULL DEFAULT 'nobody';
ALTER TABLE postings ADD COLUMN share TEXT NOT NULL DEFAULT 'nobody';
-- Since when a note was sent and it is not known whether it arrived.
ALTER TABLE postings ADD COLUMN unsure_since INTEGER;
-- When the note was found to be deleted in the ticket.
ALTER TABLE postings ADD COLUMN deleted_at INTEGER;
-- What becomes of the ticket's status once the note is posted.
ALTER TABLE postings ADD COLUMN status_change TEXT;
ALTER TABLE postings ADD COLUMN status_before TEXT;
ALTER TABLE postings ADD COLUMN ticket_status TEXT;
ALTER TABLE postings ADD COLUMN status_error TEXT;

-- The status that a board's tickets get when a note of this kind is posted; none without a row.
CREATE TABLE status_choices (
    connection_id BLOB NOT NULL REFERENCES psa_connections (id),
    board_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    board_name TEXT NOT NULL,
    status_id TEXT NOT NULL,
    status_name TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (connection_id, board_id, kind)
) STRICT;

-- Time worked on a ticket: drafted from the session, posted on a click.
CREATE TABLE time_entries (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    connection_id BLOB NOT NULL REFERENCES psa_connections (id),
    ticket_id TEXT NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    started_at INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    pause_minutes INTEGER NOT NULL,
    notes TEXT NOT NULL,
    status TEXT NOT NULL,
    marker TEXT NOT NULL,
    unsure_since INTEGER,
    looks INTEGER NOT NULL DEFAULT 0,
    external_id TEXT,
    error TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX time_entries_by_session ON time_entries (session_id, id);
