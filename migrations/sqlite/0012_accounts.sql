-- One-time codes that make a chat account a member's: asked for by the account and confirmed by the member, or
-- issued for a member by an admin. Only a hash of the code is kept.
CREATE TABLE link_codes (
    code_hash TEXT PRIMARY KEY NOT NULL,
    team_id BLOB NOT NULL REFERENCES teams (id),
    -- The member whom an admin issued it for; otherwise the account that asked.
    member_id BLOB REFERENCES members (id),
    platform TEXT,
    workspace TEXT,
    account TEXT,
    account_name TEXT,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX link_codes_by_age ON link_codes (expires_at);

-- Which member of the ticket system a member is. Without a confirmation it only waits for one.
CREATE TABLE psa_accounts (
    connection_id BLOB NOT NULL REFERENCES psa_connections (id),
    member_id BLOB NOT NULL REFERENCES members (id),
    team_id BLOB NOT NULL REFERENCES teams (id),
    external_id TEXT NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    PRIMARY KEY (connection_id, member_id)
) STRICT;
CREATE UNIQUE INDEX psa_accounts_once ON psa_accounts (connection_id, external_id) WHERE confirmed_at IS NOT NULL;
