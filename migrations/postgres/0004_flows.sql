-- Counters that order changes: taken inside the changing transaction, so that numbers become visible in order.
CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('flows', 0);

CREATE TABLE flows (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    change_seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT
);
CREATE UNIQUE INDEX flows_by_slug ON flows (team_id, slug);
CREATE INDEX flows_by_change ON flows (change_seq);

CREATE TABLE flow_versions (
    flow_id UUID NOT NULL REFERENCES flows (id),
    version BIGINT NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    document JSONB NOT NULL,
    checksum TEXT NOT NULL,
    created_by UUID REFERENCES members (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (flow_id, version)
);

-- One walk through a flow. state holds variables and the stack of sub-flows.
CREATE TABLE flow_runs (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    flow_id UUID NOT NULL REFERENCES flows (id),
    version BIGINT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    alternatives JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX flow_runs_by_session ON flow_runs (session_id, id);

-- Every node of a run that was put to the engineer, in order.
CREATE TABLE flow_steps (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    run_id UUID NOT NULL REFERENCES flow_runs (id),
    flow_id UUID NOT NULL REFERENCES flows (id),
    version BIGINT NOT NULL,
    node TEXT NOT NULL,
    status TEXT NOT NULL,
    answer TEXT,
    state JSONB NOT NULL,
    answered_by UUID REFERENCES members (id),
    created_at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX flow_steps_by_session ON flow_steps (session_id, id);
