//! Random choices that can be made again.

use fastrand::Rng;

/// A source of random choices. Its seed is printed, which shows when the test fails.
pub(crate) fn seeded() -> Rng {
    let given = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("random choices: repeat them with TEST_SEED={seed}");
    Rng::with_seed(seed)
}

/// An id for an event, as the page would choose it.
pub(crate) fn event_id(rng: &mut Rng) -> String {
    uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid().to_string()
}
