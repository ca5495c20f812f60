-- Teams (tenants), the people in them, and their accounts on the platforms.
CREATE TABLE teams (
    id UUID PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    join_policy TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Which team a Slack workspace, an Entra tenant, a Discord server or this machine's console belongs to.
CREATE TABLE workspaces (
    platform TEXT NOT NULL,
    external_id TEXT NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (platform, external_id)
);

CREATE TABLE members (
    id UUID PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL,
    email TEXT,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX members_by_team ON members (team_id, id);
CREATE UNIQUE INDEX members_by_email ON members (team_id, email);

CREATE TABLE identities (
    platform TEXT NOT NULL,
    workspace TEXT NOT NULL,
    external_id TEXT NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    member_id UUID NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (platform, workspace, external_id)
);
CREATE INDEX identities_by_member ON identities (member_id);

-- One row a refresh token ever issued; a token used twice revokes its whole family.
CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    member_id UUID NOT NULL REFERENCES members (id),
    family UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);

-- Answers kept for a repeated Idempotency-Key.
CREATE TABLE idempotency_keys (
    team_id UUID NOT NULL REFERENCES teams (id),
    member_id UUID NOT NULL REFERENCES members (id),
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT,
    body TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, member_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
