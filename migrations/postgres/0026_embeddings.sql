-- Vectors of flows and resolved sessions, for finding them by meaning. What is missing is made again.
CREATE TABLE embeddings (
    team_id UUID NOT NULL REFERENCES teams (id),
    -- flow or session.
    kind TEXT NOT NULL,
    item_id UUID NOT NULL,
    -- Provider and model: vectors of different ones are never compared.
    model TEXT NOT NULL,
    -- SHA-256 of the text that the vector is of, in hexadecimal digits.
    hash TEXT NOT NULL,
    -- 32-bit floats, little endian, of length 1.
    vector BYTEA NOT NULL,
    PRIMARY KEY (kind, item_id, model)
);
