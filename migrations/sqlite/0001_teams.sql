-- Teams (tenants), the people in them, and their accounts on the platforms.
CREATE TABLE teams (
    id BLOB PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    join_policy TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Which team a Slack workspace, an Entra tenant, a Discord server or this machine's console belongs to.
CREATE TABLE workspaces (
    platform TEXT NOT NULL,
    external_id TEXT NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (platform, external_id)
) STRICT;

CREATE TABLE members (
    id BLOB PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL,
    email TEXT,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX members_by_team ON members (team_id, id);
CREATE UNIQUE INDEX members_by_email ON members (team_id, email);

CREATE TABLE identities (
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    external_id TEXT NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (platform, workspace, external_id)
) STRICT;
CREATE INDEX identities_by_member ON identities (member_id);

-- One row a refresh token ever issued; a token used twice revokes its whole family.
CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    family BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);

-- Answers kept for a repeated Idempotency-Key.
CREATE TABLE idempotency_keys (
    team_id BLOB NOT NULL REFERENCES teams (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER,
    body TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (team_id, member_id, key)
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
