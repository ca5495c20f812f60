-- Pairs of a member and an account of the ticket system that an admin has refused: not proposed again.
CREATE TABLE psa_refusals (
    connection_id BLOB NOT NULL REFERENCES psa_connections (id),
    external_id TEXT NOT NULL,
    member_id BLOB NOT NULL REFERENCES members (id),
    team_id BLOB NOT NULL REFERENCES teams (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (connection_id, external_id, member_id)
) STRICT;
