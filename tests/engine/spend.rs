//! What the models cost, as admins see it.

use std::time::Duration;

use flowpilot::ai::{BudgetConfig, ModelsConfig, ProviderKind, RouteConfig};
use flowpilot::store::{CallId, MemberId, SessionId, run};
use flowpilot::{Clock, Engine, Timestamp};
use flowpilot_fake_model::{FakeModel, Reply};
use serde_json::{Value, json};

use crate::models::{begun, route, routed, said};
use crate::support::api::Api;
use crate::support::{World, on_both_databases};

/// A call that has ended.
pub(crate) struct Ended {
    pub(crate) purpose: &'static str,
    pub(crate) model: &'static str,
    pub(crate) stop: &'static str,
    pub(crate) cost: i64,
    pub(crate) latency: i64,
}

pub(crate) const ANSWERED: Ended =
    Ended { purpose: "answer", model: "small", stop: "end", cost: 100, latency: 900 };

/// Records a call: 100 tokens read anew, 300 from the cache, 20 written.
pub(crate) async fn record(
    engine: &Engine,
    world: &World,
    of: Option<(SessionId, MemberId)>,
    call: &Ended,
) -> CallId {
    let (id, now) = (CallId::new(&engine.clock), engine.clock.now());
    let insert = "INSERT INTO ai_calls (id, team_id, session_id, member_id, purpose, tier, provider, model, input_tokens, \
        output_tokens, cache_read_tokens, cache_write_tokens, estimated, cost, retries, latency_ms, stop, created_at) \
        VALUES ($1, $2, $3, $4, $5, 'standard', 'anthropic', $6, 100, 20, 300, 0, 0, $7, 0, $8, $9, $10)";
    let mut tx = engine.db.begin().await.unwrap();
    run!(&mut tx, |c| sqlx::query(insert)
        .bind(id)
        .bind(world.team)
        .bind(of.map(|it| it.0))
        .bind(of.map(|it| it.1))
        .bind(call.purpose)
        .bind(call.model)
        .bind(call.cost)
        .bind(call.latency)
        .bind(call.stop)
        .bind(now)
        .execute(c)
        .await
        .map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id
}

fn named<'a>(rows: &'a Value, key: &str, name: &str) -> &'a Value {
    let found = rows.as_array().unwrap().iter().find(|row| row[key] == name);
    found.unwrap_or_else(|| panic!("{name}: {rows}"))
}

on_both_databases! {
    async fn an_admin_sees_what_each_model_cost(world: &World) {
        let model = FakeModel::start().await;
        model.always(Reply::text("Yes.").counting([100, 20, 2_000, 300]));
        let dear = RouteConfig { provider: ProviderKind::Anthropic, ..route(&model.url(), "large") };
        let budget = BudgetConfig { team_usd_per_day: 12.5, ..BudgetConfig::default() };
        let (_, id) = begun(world, &ModelsConfig { budget, ..routed(vec![dear]) }).await;
        let api = Api::of(&world.engine, &world.admin);
        let spend = api.get("/ai/spend").await.body;
        let large = named(&spend["by_model"], "model", "large");
        assert_eq!((&large["provider"], &large["cost_micros"], &large["calls"]), (&json!("anthropic"), &json!(1_100), &json!(1)));
        let tokens = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"].map(|kind| large[kind].clone());
        assert_eq!(tokens, [100, 20, 2_000, 300].map(|count| json!(count)));
        assert!((large["cache_hit_share"].as_f64().unwrap() - 2_000.0 / 2_400.0).abs() < 1e-9, "{large}");
        assert!(large["mean_latency_ms"].is_i64() && large["p95_latency_ms"].is_i64(), "{large}");
        assert_eq!(spend["last_24_hours"], json!({ "calls": 1, "tokens": 2_420, "cost_micros": 1_100 }));
        assert_eq!(spend["budget"]["team_micros_per_day"], 12_500_000);
        let call = &api.get("/ai/calls").await.body["items"][0];
        assert_eq!((&call["session_id"], &call["stop"]), (&json!(id.to_string()), &json!("end")));
        assert_eq!((&call["session_title"], &call["member"]), (&json!("No sound in calls"), &json!("Nora")));
    }

    async fn each_day_and_each_purpose_is_counted_by_itself(world: &World) {
        let clock = Clock::fixed(Timestamp(1_795_521_600_000));
        let engine = world.at(clock.clone()).await;
        let note = Ended { purpose: "note", cost: 1_000, ..ANSWERED };
        record(&engine, world, None, &ANSWERED).await;
        record(&engine, world, None, &note).await;
        clock.advance(Duration::from_secs(24 * 60 * 60));
        record(&engine, world, None, &ANSWERED).await;
        let api = Api::of(&engine, &world.admin);
        let spend = api.get("/ai/spend?days=7").await.body;
        let days: Vec<_> = spend["by_day"].as_array().unwrap().iter().map(|day| (day["day"].as_str().unwrap(), day["cost_micros"].as_i64().unwrap())).collect();
        assert_eq!(days, [("2026-11-25", 100), ("2026-11-24", 1_100)]);
        let purposes: Vec<_> = spend["by_purpose"].as_array().unwrap().iter().map(|row| (row["purpose"].as_str().unwrap(), row["calls"].as_i64().unwrap())).collect();
        assert_eq!(purposes, [("note", 1), ("answer", 2)], "the dearest first");
        assert_eq!((&spend["total"]["calls"], &spend["total"]["cost_micros"]), (&json!(3), &json!(1_200)));
        assert_eq!(spend["total"]["cache_hit_share"], 0.75);
        assert_eq!(api.get("/ai/spend").await.body["total"]["cost_micros"], 100, "of the last day alone");
        engine.db.close().await;
    }

    async fn a_slow_call_in_twenty_does_not_hide_how_long_the_others_took(world: &World) {
        for _ in 0..19 {
            record(&world.engine, world, None, &ANSWERED).await;
        }
        record(&world.engine, world, None, &Ended { latency: 90_000, ..ANSWERED }).await;
        let total = Api::of(&world.engine, &world.admin).get("/ai/spend").await.body["total"].clone();
        assert_eq!((&total["mean_latency_ms"], &total["p95_latency_ms"]), (&json!(5_355), &json!(1_000)));
    }

    async fn calls_are_listed_newest_first_page_by_page(world: &World) {
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(json!(record(&world.engine, world, None, &ANSWERED).await));
        }
        made.reverse();
        let api = Api::of(&world.engine, &world.admin);
        let first = api.get("/ai/calls?limit=2").await.body;
        let rest = api.get(&format!("/ai/calls?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.body;
        let listed: Vec<_> = [&first, &rest].iter().flat_map(|page| page["items"].as_array().unwrap()).map(|call| call["id"].clone()).collect();
        assert_eq!((listed, &rest["next_cursor"]), (made, &Value::Null));
    }

    async fn calls_are_found_by_purpose_by_model_and_by_failure(world: &World) {
        let plain = record(&world.engine, world, None, &ANSWERED).await;
        let note = record(&world.engine, world, None, &Ended { purpose: "note", ..ANSWERED }).await;
        let large = record(&world.engine, world, None, &Ended { model: "large", ..ANSWERED }).await;
        let failed = record(&world.engine, world, None, &Ended { stop: "error", ..ANSWERED }).await;
        let refused = record(&world.engine, world, None, &Ended { stop: "refusal", ..ANSWERED }).await;
        record(&world.engine, world, None, &Ended { stop: "stopped", model: "none", ..ANSWERED }).await;
        let api = Api::of(&world.engine, &world.admin);
        for (query, wanted) in [
            ("purpose=note", vec![note]),
            ("model=large", vec![large]),
            ("failed=true", vec![refused, failed]),
            ("model=small&purpose=answer", vec![refused, failed, plain]),
        ] {
            let body = api.get(&format!("/ai/calls?{query}")).await.body;
            let found: Vec<_> = body["items"].as_array().unwrap().iter().map(|call| call["id"].clone()).collect();
            assert_eq!(found, wanted.iter().map(|id| json!(id)).collect::<Vec<_>>(), "{query}");
        }
        assert_eq!(api.get("/ai/spend").await.body["total"]["failures"], 2);
    }

    async fn a_failed_call_says_what_went_wrong(world: &World) {
        let model = FakeModel::start().await;
        model.always(Reply::status(400));
        begun(world, &routed(vec![route(&model.url(), "small")])).await;
        let call = Api::of(&world.engine, &world.admin).get("/ai/calls?failed=true").await.body["items"][0].clone();
        assert_eq!(call["stop"], "error");
        assert!(call["error"].as_str().unwrap().contains("400"), "{call}");
    }

    async fn engineers_do_not_see_the_spend(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        for path in ["/ai/spend", "/ai/calls", "/ai/switch"] {
            assert_eq!(api.get(path).await.status, 403, "{path}");
        }
    }

    async fn another_teams_calls_count_nothing(world: &World) {
        record(&world.engine, world, None, &ANSWERED).await;
        let other = world.other_team().await;
        let api = Api::of(&world.engine, &other.admin);
        assert_eq!(api.get("/ai/spend?days=30").await.body["total"]["calls"], 0);
        assert_eq!(api.get("/ai/calls").await.body["items"], json!([]));
    }

    async fn without_a_model_there_is_no_budget(world: &World) {
        let spend = Api::of(&world.engine, &world.admin).get("/ai/spend").await.body;
        assert_eq!((&spend["budget"], &spend["by_model"]), (&Value::Null, &json!([])));
    }

    async fn a_time_that_is_not_kept_is_refused(world: &World) {
        let api = Api::of(&world.engine, &world.admin);
        for days in [0, 31] {
            let refused = api.get(&format!("/ai/spend?days={days}")).await;
            assert_eq!((refused.status, refused.fields()), (422, vec!["days"]));
        }
    }

    async fn an_admin_stops_every_model_and_is_named(world: &World) {
        let model = FakeModel::start().await;
        begun(world, &routed(vec![route(&model.url(), "small")])).await;
        let api = Api::of(&world.engine, &world.admin);
        let put = async |on: bool| api.send("PUT".parse().unwrap(), "/ai/switch", Some(json!({ "on": on })), &[]).await;
        let off = put(false).await;
        assert_eq!((off.status, &off.body["on"], &off.body["off_by"]), (200, &json!(false), &json!("Ada Admin")));
        assert!(off.body["off_since"].is_i64(), "{off:?}");
        said(world, "more", "And now?").await;
        assert_eq!(model.asked().len(), 1, "no model is asked any more");
        assert_eq!(put(true).await.body, json!({ "on": true, "off_by": null, "off_since": null }));
        said(world, "again", "And now?").await;
        assert_eq!(model.asked().len(), 2);
    }
}
