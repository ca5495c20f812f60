CREATE TABLE suggested_fixes (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    title TEXT NOT NULL,
    root_cause TEXT,
    rationale TEXT NOT NULL,
    steps TEXT NOT NULL,
    script TEXT,
    template TEXT,
    confidence INTEGER NOT NULL,
    confidence_reason TEXT NOT NULL,
    solution TEXT,
    step_id BLOB,
    proposed_by BLOB REFERENCES members (id),
    created_at INTEGER NOT NULL,
    applied_at INTEGER,
    superseded_at INTEGER,
    superseded_by BLOB
) STRICT;
-- At most one fix of a session is active.
CREATE UNIQUE INDEX suggested_fixes_active ON suggested_fixes (session_id) WHERE superseded_at IS NULL;
CREATE INDEX suggested_fixes_by_session ON suggested_fixes (session_id, id);
CREATE INDEX suggested_fixes_by_solution ON suggested_fixes (team_id, solution);

CREATE TABLE decisions (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    fix_id BLOB NOT NULL REFERENCES suggested_fixes (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    decision TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX decisions_by_session ON decisions (session_id, id);

CREATE TABLE outcomes (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    fix_id BLOB NOT NULL REFERENCES suggested_fixes (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    outcome TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outcomes_by_session ON outcomes (session_id, id);
CREATE INDEX outcomes_by_fix ON outcomes (fix_id, id);

CREATE TABLE script_templates (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    parameters TEXT NOT NULL,
    status TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    source_fix BLOB,
    created_by BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX script_templates_by_team ON script_templates (team_id, status, id);
CREATE INDEX script_templates_by_fingerprint ON script_templates (team_id, fingerprint);

-- One filled-in copy of a template. Sensitive values are never stored: body and parameters are masked.
CREATE TABLE script_generations (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB REFERENCES sessions (id),
    template_id BLOB REFERENCES script_templates (id),
    fix_id BLOB REFERENCES suggested_fixes (id),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_by BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    applied_at INTEGER,
    applied_by BLOB REFERENCES members (id)
) STRICT;
CREATE INDEX script_generations_by_session ON script_generations (session_id, id);
