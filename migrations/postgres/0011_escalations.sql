-- Where a team's escalations are shown on a chat platform: what was chosen last in each workspace, and what is
-- configured (workspace ''). The newest counts.
CREATE TABLE escalation_places (
    team_id UUID NOT NULL REFERENCES teams (id),
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    place TEXT NOT NULL,
    name TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, platform, workspace)
);

-- A session handed over to the team: asked for, posted, taken, ended. fact_id names the fact that holds its reason.
CREATE TABLE escalations (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    session_id UUID NOT NULL REFERENCES sessions (id),
    urgency TEXT NOT NULL,
    reason TEXT,
    fact_id UUID,
    place JSONB,
    created_at BIGINT NOT NULL,
    posted_by UUID REFERENCES members (id),
    posted_at BIGINT,
    link TEXT,
    briefing TEXT,
    taken_by UUID REFERENCES members (id),
    taken_at BIGINT,
    ended TEXT,
    ended_by UUID REFERENCES members (id),
    ended_at BIGINT
);
CREATE INDEX escalations_by_session ON escalations (session_id, id);

-- Where a card is shown, if not in its session's thread; below names the card under whose message it stands there.
ALTER TABLE cards ADD COLUMN place JSONB;
ALTER TABLE cards ADD COLUMN below UUID;
