//! How a fix ends, and what must not be left of it.

use std::time::Duration;

use serde_json::Value;

use crate::world::{SLUG, Said, World};

/// Nothing here takes that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn fix(world: &World) -> Said {
    let number = world.sums();
    world.bountyd(&["fix", &format!("{SLUG}#{number}")]).await
}

/// The newest job, as `bountyd jobs` has it.
pub(crate) async fn job(world: &World) -> Value {
    let said = world.bountyd(&["jobs", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let jobs: Value = serde_json::from_str(&said.out).expect("JSON");
    jobs[0].clone()
}

/// It ended without a patch, and the ledger has why.
pub(crate) async fn ended(world: &World, said: &Said, part: &str) {
    assert_eq!(said.code, Some(1), "{said:#?}");
    let job = job(world).await;
    assert_eq!(job["state"], "dropped", "{job:#}");
    let why = job["reason"].as_str().expect("a reason");
    assert!(why.contains(part), "{why}\n{said:#?}");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 0);
}

/// Processes whose command line has `mark`; boxes' processes are seen from outside.
pub(crate) fn running(mark: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(mark))
        .collect()
}
