-- Notes that a model writes, one for each version of a session: being written, written, or not to be had.
CREATE TABLE note_drafts (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    state_version BIGINT NOT NULL,
    -- For whom it is written.
    member_id UUID NOT NULL REFERENCES members (id),
    status TEXT NOT NULL,
    -- Who wrote it, its sections, and what was left out of them: JSON.
    content JSONB,
    -- Why there is none.
    why TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX note_drafts_once ON note_drafts (session_id, kind, state_version);
