-- Pairs of a member and an account of the ticket system that an admin has refused: not proposed again.
CREATE TABLE psa_refusals (
    connection_id UUID NOT NULL REFERENCES psa_connections (id),
    external_id TEXT NOT NULL,
    member_id UUID NOT NULL REFERENCES members (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, external_id, member_id)
);
