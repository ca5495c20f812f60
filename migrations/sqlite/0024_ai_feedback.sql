-- The call that an answer or a note came from, and the message that an answer became.
ALTER TABLE answers ADD COLUMN call_id BLOB;
ALTER TABLE answers ADD COLUMN message_id BLOB;
CREATE INDEX answers_by_call ON answers (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX answers_by_message ON answers (message_id) WHERE message_id IS NOT NULL;
ALTER TABLE note_drafts ADD COLUMN call_id BLOB;
CREATE INDEX note_drafts_by_call ON note_drafts (call_id) WHERE call_id IS NOT NULL;

-- What members think of what a model wrote in a call.
CREATE TABLE ai_feedback (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    call_id BLOB NOT NULL REFERENCES ai_calls (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    -- up or down.
    thumb TEXT NOT NULL,
    comment TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX ai_feedback_once ON ai_feedback (call_id, member_id);
CREATE INDEX ai_feedback_listed ON ai_feedback (team_id, id);

-- Calls one by one, newest first, and those of them that gave nothing whole.
CREATE INDEX ai_calls_listed ON ai_calls (team_id, id);
CREATE INDEX ai_calls_failed ON ai_calls (team_id, id)
    WHERE stop IN ('error', 'refusal', 'context_full', 'max_tokens');
