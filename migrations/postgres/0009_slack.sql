-- Where the Slack app is installed, with its sealed tokens. The key is the workspace's id, or the organisation's for
-- an installation that holds for a whole organisation.
CREATE TABLE slack_installations (
    workspace TEXT PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL,
    app_id TEXT NOT NULL,
    bot_user TEXT NOT NULL,
    bot_token TEXT NOT NULL,
    refresh_token TEXT,
    expires_at BIGINT,
    scopes TEXT NOT NULL,
    installed_by UUID NOT NULL REFERENCES members (id),
    installed_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revoked_at BIGINT,
    -- Slack takes the refresh token no more: only a new installation helps.
    refresh_refused_at BIGINT,
    -- One more with every new pair of tokens: whoever refreshed an older pair writes nothing.
    generation BIGINT NOT NULL,
    -- A refresh token works once, so one process of the whole cluster refreshes at a time.
    lease_owner UUID,
    lease_until BIGINT NOT NULL
);
CREATE INDEX slack_installations_by_team ON slack_installations (team_id, workspace);

-- An admin's permission to connect one workspace to the team. Only a hash of the link's secret is kept.
CREATE TABLE slack_invitations (
    token_hash TEXT PRIMARY KEY NOT NULL,
    team_id UUID NOT NULL REFERENCES teams (id),
    member_id UUID NOT NULL REFERENCES members (id),
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX slack_invitations_by_age ON slack_invitations (expires_at);

-- When something was last seen to work, or not to, for `flowpilot doctor`.
CREATE TABLE slack_health (
    sign TEXT PRIMARY KEY NOT NULL,
    seen_at BIGINT NOT NULL
);
