-- What a message is called on its platform, so that an edit or a deletion there finds it here. step_id names the
-- flow step that it answered; author_name is set where the author is no member.
ALTER TABLE messages ADD COLUMN external_ref TEXT;
ALTER TABLE messages ADD COLUMN author_name TEXT;
ALTER TABLE messages ADD COLUMN step_id UUID;
ALTER TABLE messages ADD COLUMN removed_at BIGINT;
CREATE UNIQUE INDEX messages_by_ref ON messages (session_id, external_ref) WHERE external_ref IS NOT NULL;

-- When an effect was last begun: one that was begun and never finished may have been performed.
ALTER TABLE inbox ADD COLUMN begun_at BIGINT;
ALTER TABLE outbox ADD COLUMN begun_at BIGINT;
