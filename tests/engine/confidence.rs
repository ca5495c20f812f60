//! Confidence: counted from what came of a solution before.

use flowpilot::store::SessionId;

use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// A session at the fix "Unmute".
async fn at_the_fix(world: &World) -> SessionId {
    let id = world.begin("No sound in calls").await;
    world.say(id, "Jabra").await;
    world.say(id, "Muted").await;
    id
}

async fn ended(world: &World, outcome: &str) {
    let id = at_the_fix(world).await;
    world.say(id, "/apply").await;
    world.say(id, outcome).await;
}

async fn shown(world: &World) -> (i64, String) {
    let id = at_the_fix(world).await;
    let fix = world.case(id).await.fixes.remove(0);
    (fix.confidence, fix.confidence_reason)
}

on_both_databases! {
    async fn a_solution_without_outcomes_shows_the_prior_and_says_so(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let (percent, reason) = shown(world).await;
        assert_eq!(percent, 80);
        assert!(reason.contains("No recorded outcome") && reason.contains("80 %"), "{reason}");
    }

    async fn every_final_outcome_in_the_team_moves_it(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        ended(world, "/worked").await;
        assert_eq!(shown(world).await.0, 84);
        ended(world, "/failed").await;
        let (percent, reason) = shown(world).await;
        assert_eq!(percent, 70);
        assert!(reason.contains("worked 1 of 2 times here"), "{reason}");
        ended(world, "/partly").await;
        assert_eq!(shown(world).await.0, 67);
    }

    async fn a_pending_or_dismissed_use_counts_for_nothing(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        ended(world, "/pending the next login").await;
        ended(world, "/dismiss wrong device").await;
        assert_eq!(shown(world).await.0, 80);
    }

    async fn outcomes_of_another_team_count_for_nothing(world: &World) {
        let other = world.other_team().await;
        world.import(&[NO_SOUND, RESTART]).await;
        other.import(&[NO_SOUND, RESTART]).await;
        ended(&other, "/failed").await;
        assert_eq!(shown(world).await.0, 80);
    }

    async fn a_fix_that_somebody_thought_of_says_that_nothing_is_known(world: &World) {
        let id = world.session().await;
        world.say(id, "/fix Push the cable in").await;
        let fix = world.case(id).await.fixes.remove(0);
        assert_eq!((fix.confidence, fix.solution), (50, None));
        assert!(fix.confidence_reason.contains("No recorded outcome"));
    }
}
