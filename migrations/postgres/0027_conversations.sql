-- Conversations with the copilot that belong to no session: questions, answers, and what the answers rest on.
CREATE TABLE conversations (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    -- Who began it.
    member_id UUID NOT NULL REFERENCES members (id),
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    thread TEXT NOT NULL,
    -- The first question, shortened.
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX conversations_by_thread ON conversations (platform, workspace, thread);
CREATE INDEX conversations_of_member ON conversations (team_id, member_id, id);

-- An answer belongs to a session or to a conversation.
ALTER TABLE answers ALTER COLUMN session_id DROP NOT NULL;
ALTER TABLE answers ADD COLUMN conversation_id UUID REFERENCES conversations (id);
-- What it cites, in a conversation: JSON.
ALTER TABLE answers ADD COLUMN sources JSONB;
ALTER TABLE answers ADD CONSTRAINT answers_of_either CHECK ((session_id IS NULL) <> (conversation_id IS NULL));
CREATE INDEX answers_of_conversation ON answers (conversation_id, id) WHERE conversation_id IS NOT NULL;

-- A call is for a session or a conversation.
ALTER TABLE ai_calls ADD COLUMN conversation_id UUID REFERENCES conversations (id);
CREATE INDEX ai_calls_of_conversation ON ai_calls (conversation_id) WHERE conversation_id IS NOT NULL;
