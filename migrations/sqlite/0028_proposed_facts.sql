-- What a model read out of the engineer's words, until somebody confirms it: a JSON list of texts.
ALTER TABLE answers ADD COLUMN facts TEXT;
