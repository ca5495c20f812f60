-- Calls of models. A row is there before its call is made, with what it may cost at most; it then takes what it was.
CREATE TABLE ai_calls (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID REFERENCES sessions (id),
    member_id UUID REFERENCES members (id),
    -- What it was for: answer.
    purpose TEXT NOT NULL,
    tier TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    -- 1 where the tokens are our own estimate: the call has not ended, or its server does not count.
    estimated BIGINT NOT NULL,
    -- Millionths of a US dollar.
    cost BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    -- Milliseconds until the first text, and until the end.
    first_text_ms BIGINT,
    latency_ms BIGINT,
    -- Why it ended; none while it runs, and for ever where its process was killed.
    stop TEXT,
    -- What went wrong, without the server's secrets.
    error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX ai_calls_of_team ON ai_calls (team_id, created_at);
CREATE INDEX ai_calls_of_session ON ai_calls (session_id) WHERE session_id IS NOT NULL;

-- Teams whose models are switched off, and by whom.
CREATE TABLE ai_off (
    team_id UUID PRIMARY KEY NOT NULL REFERENCES teams (id),
    off_by TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- The fix that an answer suggests, until it is a card: JSON.
ALTER TABLE answers ADD COLUMN fix JSONB;
