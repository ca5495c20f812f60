-- Which connection has the ticket of a thread: the same number elsewhere is another ticket.
ALTER TABLE console_threads ADD COLUMN connection_id UUID REFERENCES psa_connections (id);
