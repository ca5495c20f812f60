-- Calls one by one, newest first, and those of them that gave nothing whole.
CREATE INDEX ai_calls_listed ON ai_calls (team_id, id);
CREATE INDEX ai_calls_failed ON ai_calls (team_id, id)
    WHERE stop IN ('error', 'refusal', 'context_full', 'max_tokens');
