-- The console is a chat platform of its own: it keeps its threads and messages as Slack keeps Slack's.
CREATE TABLE console_threads (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    thread_key TEXT NOT NULL,
    title TEXT NOT NULL,
    ticket_id TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX console_threads_by_team ON console_threads (team_id, updated_at, id);

CREATE TABLE console_messages (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    team_id UUID NOT NULL REFERENCES teams (id),
    thread_id UUID NOT NULL REFERENCES console_threads (id),
    delivery_key TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    private_to UUID REFERENCES members (id),
    body TEXT,
    card JSONB,
    created_at BIGINT NOT NULL,
    edited_at BIGINT
);
CREATE INDEX console_messages_by_thread ON console_messages (thread_id, seq);
