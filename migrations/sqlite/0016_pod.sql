-- The origins of the pages that may frame the screen pod, as a JSON list; none means the site's own.
ALTER TABLE psa_connections ADD COLUMN ui_origins TEXT;
