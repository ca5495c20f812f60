-- What a member made of a note's sections before it was posted.
ALTER TABLE notes ADD COLUMN edit JSONB;
