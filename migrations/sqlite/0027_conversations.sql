-- Conversations with the copilot that belong to no session: questions, answers, and what the answers rest on.
CREATE TABLE conversations (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    -- Who began it.
    member_id BLOB NOT NULL REFERENCES members (id),
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    thread TEXT NOT NULL,
    -- The first question, shortened.
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX conversations_by_thread ON conversations (platform, workspace, thread);
CREATE INDEX conversations_of_member ON conversations (team_id, member_id, id);

-- An answer belongs to a session or to a conversation.
CREATE TABLE answers_of_either (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB REFERENCES sessions (id),
    conversation_id BLOB REFERENCES conversations (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    question TEXT NOT NULL,
    text TEXT NOT NULL,
    -- Names the messages that show it, in the words of its surface.
    shown TEXT,
    -- How it ended; empty for an answer that is whole. Set once nothing more is added to the text.
    ending TEXT,
    -- The name of whoever does not want to read on.
    stopped_by TEXT,
    -- The fix that it suggests, until it is a card: JSON.
    fix TEXT,
    call_id BLOB,
    message_id BLOB,
    -- What it cites, in a conversation: JSON.
    sources TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    CHECK ((session_id IS NULL) <> (conversation_id IS NULL))
) STRICT;
INSERT INTO answers_of_either (id, team_id, session_id, member_id, question, text, shown, ending, stopped_by, fix,
    call_id, message_id, created_at, ended_at)
    SELECT id, team_id, session_id, member_id, question, text, shown, ending, stopped_by, fix, call_id, message_id,
    created_at, ended_at FROM answers;
DROP TABLE answers;
ALTER TABLE answers_of_either RENAME TO answers;
CREATE INDEX answers_open ON answers (session_id, id) WHERE ended_at IS NULL;
CREATE INDEX answers_by_call ON answers (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX answers_by_message ON answers (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX answers_of_conversation ON answers (conversation_id, id) WHERE conversation_id IS NOT NULL;

-- A call is for a session or a conversation.
ALTER TABLE ai_calls ADD COLUMN conversation_id BLOB REFERENCES conversations (id);
CREATE INDEX ai_calls_of_conversation ON ai_calls (conversation_id) WHERE conversation_id IS NOT NULL;
