-- A connection that was removed has no keys any more; what happened through it keeps naming it.
ALTER TABLE psa_connections ADD COLUMN removed_at BIGINT;
