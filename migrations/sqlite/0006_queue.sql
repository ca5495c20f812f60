-- Events received: acknowledged only once they are here.
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    team_id BLOB,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    dead_at INTEGER
) STRICT;
CREATE INDEX inbox_open ON inbox (lane, seq) WHERE finished_at IS NULL AND dead_at IS NULL;
CREATE INDEX inbox_finished ON inbox (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX inbox_dead ON inbox (seq) WHERE dead_at IS NOT NULL;

-- A lane is worked by one worker of the whole cluster at a time. run_at is empty while nothing waits.
CREATE TABLE inbox_lanes (
    lane TEXT PRIMARY KEY NOT NULL,
    run_at INTEGER,
    wakes INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_lanes_due ON inbox_lanes (run_at) WHERE run_at IS NOT NULL;

-- Effects to perform outside: written with the change that asked for them.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    team_id BLOB,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    dead_at INTEGER
) STRICT;
CREATE INDEX outbox_open ON outbox (lane, seq) WHERE finished_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (seq) WHERE dead_at IS NOT NULL;

-- A lane is worked by one worker of the whole cluster at a time. run_at is empty while nothing waits.
CREATE TABLE outbox_lanes (
    lane TEXT PRIMARY KEY NOT NULL,
    run_at INTEGER,
    wakes INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_lanes_due ON outbox_lanes (run_at) WHERE run_at IS NOT NULL;
