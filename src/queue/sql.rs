//! The queries of both queues, written once.

/// The texts for one queue.
pub(super) struct Sql {
    pub(super) name: &'static str,
    pub(super) insert: &'static str,
    /// Goes before the rows of lanes to wake.
    pub(super) wake: &'static str,
    /// Goes after them: the earlier time wins, and the count of wakes tells a worker that is about to leave the
    /// lane that something arrived meanwhile.
    pub(super) on_wake: &'static str,
    pub(super) due: &'static str,
    pub(super) claim: &'static str,
    pub(super) claim_skip_locked: &'static str,
    pub(super) head: &'static str,
    pub(super) renew: &'static str,
    pub(super) release: &'static str,
    pub(super) wakes: &'static str,
    pub(super) begun: &'static str,
    pub(super) begin: &'static str,
    pub(super) complete: &'static str,
    pub(super) postpone: &'static str,
    pub(super) bury: &'static str,
    pub(super) revive: &'static str,
    pub(super) dead: &'static str,
    pub(super) release_all: &'static str,
    pub(super) sweep: &'static str,
    pub(super) depth: &'static str,
}

macro_rules! sql {
    ($name:literal) => {
        Sql {
            name: $name,
            insert: concat!("INSERT INTO ", $name, " (key, team_id, lane, kind, payload, run_at, attempts, created_at) "),
            wake: concat!("INSERT INTO ", $name, "_lanes (lane, run_at, wakes, lease_until) "),
            on_wake: concat!(
                " ON CONFLICT (lane) DO UPDATE SET wakes = ", $name, "_lanes.wakes + 1, run_at = CASE WHEN ", $name,
                "_lanes.run_at IS NULL OR ", $name, "_lanes.run_at > excluded.run_at THEN excluded.run_at ELSE ",
                $name, "_lanes.run_at END"
            ),
            due: concat!("SELECT EXISTS (SELECT 1 FROM ", $name, "_lanes WHERE run_at <= $1 AND lease_until <= $1)"),
            claim: concat!(
                "UPDATE ", $name, "_lanes SET lease_owner = $1, lease_until = $2 WHERE lane IN (SELECT lane FROM ",
                $name, "_lanes WHERE run_at <= $3 AND lease_until <= $3 ORDER BY run_at LIMIT $4) RETURNING lane, lease_owner AS owner, wakes"
            ),
            claim_skip_locked: concat!(
                "UPDATE ", $name, "_lanes SET lease_owner = $1, lease_until = $2 WHERE lane IN (SELECT lane FROM ",
                $name, "_lanes WHERE run_at <= $3 AND lease_until <= $3 ORDER BY run_at LIMIT $4 ",
                "FOR UPDATE SKIP LOCKED) RETURNING lane, lease_owner AS owner, wakes"
            ),
            head: concat!(
                "SELECT seq, key, team_id, lane, kind, payload, run_at, attempts FROM ", $name,
                " WHERE lane = $1 AND finished_at IS NULL AND dead_at IS NULL ORDER BY seq LIMIT 1"
            ),
            renew: concat!("UPDATE ", $name, "_lanes SET lease_until = $1 WHERE lane = $2 AND lease_owner = $3"),
            release: concat!(
                "UPDATE ", $name, "_lanes SET lease_owner = NULL, lease_until = 0, run_at = (SELECT i.run_at FROM ",
                $name, " i WHERE i.lane = $1 AND i.finished_at IS NULL AND i.dead_at IS NULL ORDER BY i.seq LIMIT 1) ",
                "WHERE lane = $1 AND lease_owner = $2 AND wakes = $3"
            ),
            wakes: concat!("SELECT wakes FROM ", $name, "_lanes WHERE lane = $1 AND lease_owner = $2"),
            begun: concat!("SELECT begun_at FROM ", $name, " WHERE seq = $1"),
            begin: concat!("UPDATE ", $name, " SET begun_at = $1 WHERE seq = $2"),
            complete: concat!("UPDATE ", $name, " SET finished_at = $1 WHERE seq = $2 AND finished_at IS NULL"),
            postpone: concat!("UPDATE ", $name, " SET run_at = $1, attempts = attempts + 1, last_error = $2 WHERE seq = $3"),
            bury: concat!("UPDATE ", $name, " SET dead_at = $1, attempts = attempts + 1, last_error = $2 WHERE seq = $3"),
            revive: concat!(
                "UPDATE ", $name, " SET dead_at = NULL, attempts = 0, run_at = $1 ",
                "WHERE seq = $2 AND team_id = $3 AND dead_at IS NOT NULL RETURNING lane"
            ),
            dead: concat!(
                "SELECT seq, kind, lane, attempts, last_error, created_at, dead_at FROM ", $name,
                " WHERE team_id = $1 AND dead_at IS NOT NULL ORDER BY seq DESC LIMIT 200"
            ),
            release_all: concat!("UPDATE ", $name, "_lanes SET lease_owner = NULL, lease_until = 0 WHERE lease_until > 0"),
            sweep: concat!("DELETE FROM ", $name, " WHERE finished_at IS NOT NULL AND finished_at < $1"),
            depth: concat!(
                "SELECT (SELECT count(*) FROM ",
                $name,
                " WHERE finished_at IS NULL AND dead_at IS NULL), (SELECT count(*) FROM ",
                $name,
                " WHERE dead_at IS NOT NULL)"
            ),
        }
    };
}

pub(super) static INBOX: Sql = sql!("inbox");
pub(super) static OUTBOX: Sql = sql!("outbox");
