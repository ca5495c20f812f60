CREATE TABLE suggested_fixes (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    title TEXT NOT NULL,
    root_cause TEXT,
    rationale TEXT NOT NULL,
    steps JSONB NOT NULL,
    script JSONB,
    template JSONB,
    confidence BIGINT NOT NULL,
    confidence_reason TEXT NOT NULL,
    solution TEXT,
    step_id UUID,
    proposed_by UUID REFERENCES members (id),
    created_at BIGINT NOT NULL,
    applied_at BIGINT,
    superseded_at BIGINT,
    superseded_by UUID
);
-- At most one fix of a session is active.
CREATE UNIQUE INDEX suggested_fixes_active ON suggested_fixes (session_id) WHERE superseded_at IS NULL;
CREATE INDEX suggested_fixes_by_session ON suggested_fixes (session_id, id);
CREATE INDEX suggested_fixes_by_solution ON suggested_fixes (team_id, solution);

CREATE TABLE decisions (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    fix_id UUID NOT NULL REFERENCES suggested_fixes (id),
    member_id UUID NOT NULL REFERENCES members (id),
    decision TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX decisions_by_session ON decisions (session_id, id);

CREATE TABLE outcomes (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    fix_id UUID NOT NULL REFERENCES suggested_fixes (id),
    member_id UUID NOT NULL REFERENCES members (id),
    outcome TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX outcomes_by_session ON outcomes (session_id, id);
CREATE INDEX outcomes_by_fix ON outcomes (fix_id, id);

CREATE TABLE script_templates (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    body TEXT NOT NULL,
    parameters JSONB NOT NULL,
    status TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    source_fix UUID,
    created_by UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX script_templates_by_team ON script_templates (team_id, status, id);
CREATE INDEX script_templates_by_fingerprint ON script_templates (team_id, fingerprint);

-- One filled-in copy of a template. Sensitive values are never stored: body and parameters are masked.
CREATE TABLE script_generations (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID REFERENCES sessions (id),
    template_id UUID REFERENCES script_templates (id),
    fix_id UUID REFERENCES suggested_fixes (id),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    parameters JSONB NOT NULL,
    created_by UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    applied_at BIGINT,
    applied_by UUID REFERENCES members (id)
);
CREATE INDEX script_generations_by_session ON script_generations (session_id, id);
