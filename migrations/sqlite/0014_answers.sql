-- Answers of the model: asked for, being written, written. What was written so far outlives the process that writes.
CREATE TABLE answers (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    question TEXT NOT NULL,
    text TEXT NOT NULL,
    -- Names the messages that show it, in the words of its surface.
    shown TEXT,
    -- How it ended; empty for an answer that is whole. Set once nothing more is added to the text.
    ending TEXT,
    -- The name of whoever does not want to read on.
    stopped_by TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX answers_open ON answers (session_id, id) WHERE ended_at IS NULL;
