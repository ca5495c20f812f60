-- The console is a chat platform of its own: it keeps its threads and messages as Slack keeps Slack's.
CREATE TABLE console_threads (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    thread_key TEXT NOT NULL,
    title TEXT NOT NULL,
    ticket_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX console_threads_by_team ON console_threads (team_id, updated_at, id);

CREATE TABLE console_messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    team_id BLOB NOT NULL REFERENCES teams (id),
    thread_id BLOB NOT NULL REFERENCES console_threads (id),
    delivery_key TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    private_to BLOB REFERENCES members (id),
    body TEXT,
    card TEXT,
    created_at INTEGER NOT NULL,
    edited_at INTEGER
) STRICT;
CREATE INDEX console_messages_by_thread ON console_messages (thread_id, seq);
