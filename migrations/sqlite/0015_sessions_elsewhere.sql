-- The console lists what is worked on other platforms, newest first, beside threads of its own that may be many more.
CREATE INDEX sessions_elsewhere ON sessions (team_id, id) WHERE platform <> 'console';
