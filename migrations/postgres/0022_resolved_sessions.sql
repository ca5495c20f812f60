-- What the team worked before is read in the order in which it was resolved.
CREATE INDEX sessions_resolved ON sessions (closed_at, id) WHERE status = 'resolved';
