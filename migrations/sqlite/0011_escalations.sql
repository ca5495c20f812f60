-- Where a team's escalations are shown on a chat platform: what was chosen last in each workspace, and what is
-- configured (workspace ''). The newest counts.
CREATE TABLE escalation_places (
    team_id BLOB NOT NULL REFERENCES teams (id),
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    place TEXT NOT NULL,
    name TEXT,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (team_id, platform, workspace)
) STRICT;

-- A session handed over to the team: asked for, posted, taken, ended. fact_id names the fact that holds its reason.
CREATE TABLE escalations (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    session_id BLOB NOT NULL REFERENCES sessions (id),
    urgency TEXT NOT NULL,
    reason TEXT,
    fact_id BLOB,
    place TEXT,
    created_at INTEGER NOT NULL,
    posted_by BLOB REFERENCES members (id),
    posted_at INTEGER,
    link TEXT,
    briefing TEXT,
    taken_by BLOB REFERENCES members (id),
    taken_at INTEGER,
    ended TEXT,
    ended_by BLOB REFERENCES members (id),
    ended_at INTEGER
) STRICT;
CREATE INDEX escalations_by_session ON escalations (session_id, id);

-- Where a card is shown, if not in its session's thread; below names the card under whose message it stands there.
ALTER TABLE cards ADD COLUMN place TEXT;
ALTER TABLE cards ADD COLUMN below BLOB;
