-- Counters that order changes: taken inside the changing transaction, so that numbers become visible in order.
CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, value) VALUES ('flows', 0);

CREATE TABLE flows (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    change_seq INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;
CREATE UNIQUE INDEX flows_by_slug ON flows (team_id, slug);
CREATE INDEX flows_by_change ON flows (change_seq);

CREATE TABLE flow_versions (
    flow_id BLOB NOT NULL REFERENCES flows (id),
    version INTEGER NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    document TEXT NOT NULL,
    checksum TEXT NOT NULL,
    created_by BLOB REFERENCES members (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (flow_id, version)
) STRICT;

-- One walk through a flow. state holds variables and the stack of sub-flows.
CREATE TABLE flow_runs (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    flow_id BLOB NOT NULL REFERENCES flows (id),
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    alternatives TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX flow_runs_by_session ON flow_runs (session_id, id);

-- Every node of a run that was put to the engineer, in order.
CREATE TABLE flow_steps (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    run_id BLOB NOT NULL REFERENCES flow_runs (id),
    flow_id BLOB NOT NULL REFERENCES flows (id),
    version INTEGER NOT NULL,
    node TEXT NOT NULL,
    status TEXT NOT NULL,
    answer TEXT,
    state TEXT NOT NULL,
    answered_by BLOB REFERENCES members (id),
    created_at INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX flow_steps_by_session ON flow_steps (session_id, id);
