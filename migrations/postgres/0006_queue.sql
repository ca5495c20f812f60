-- Events received: acknowledged only once they are here.
CREATE TABLE inbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    team_id UUID,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    dead_at BIGINT
);
CREATE INDEX inbox_open ON inbox (lane, seq) WHERE finished_at IS NULL AND dead_at IS NULL;
CREATE INDEX inbox_finished ON inbox (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX inbox_dead ON inbox (seq) WHERE dead_at IS NOT NULL;

-- A lane is worked by one worker of the whole cluster at a time. run_at is empty while nothing waits.
CREATE TABLE inbox_lanes (
    lane TEXT PRIMARY KEY NOT NULL,
    run_at BIGINT,
    wakes BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL
);
CREATE INDEX inbox_lanes_due ON inbox_lanes (run_at) WHERE run_at IS NOT NULL;

-- Effects to perform outside: written with the change that asked for them.
CREATE TABLE outbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    team_id UUID,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    dead_at BIGINT
);
CREATE INDEX outbox_open ON outbox (lane, seq) WHERE finished_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (seq) WHERE dead_at IS NOT NULL;

-- A lane is worked by one worker of the whole cluster at a time. run_at is empty while nothing waits.
CREATE TABLE outbox_lanes (
    lane TEXT PRIMARY KEY NOT NULL,
    run_at BIGINT,
    wakes BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL
);
CREATE INDEX outbox_lanes_due ON outbox_lanes (run_at) WHERE run_at IS NOT NULL;
