//! One thing wrong in each world, and the doctor names just that first, with its remedy.

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::rows::{rows, tenant_rows};
use super::world::{Said, World, finding};

/// How something is spoilt.
pub(crate) enum Seed {
    /// At once.
    Now(fn(&World)),
    /// After something else was awaited.
    Later(fn(&World) -> BoxFuture<'_, ()>),
    /// In a world that is made otherwise.
    Other(fn() -> BoxFuture<'static, World>),
}

/// One world: what is wrong, which check must come first, how bad it is, and words of the remedy.
pub(crate) struct Row {
    pub(crate) wrong: &'static str,
    pub(crate) seed: Seed,
    pub(crate) first: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) remedy: &'static str,
    pub(crate) code: i32,
}

/// Worlds at a time: most of one's time goes by in waiting.
const AT_ONCE: usize = 6;

async fn tried(row: &'static Row, tenant: bool) -> Result<(), String> {
    let world = match &row.seed {
        Seed::Other(make) => make().await,
        Seed::Now(_) | Seed::Later(_) => World::new().await,
    };
    match &row.seed {
        Seed::Now(spoil) => spoil(&world),
        Seed::Later(spoil) => spoil(&world).await,
        Seed::Other(_) => {}
    }
    let (world, said) = asked(world, tenant).await;
    let answer: Value = serde_json::from_str(&said.out)
        .map_err(|error| format!("{}: {error}: {said:#?}", row.wrong))?;
    let told = |what: String| Err(format!("{}: {what}\n{answer:#}", row.wrong));
    if answer["first"] != row.first {
        return told(format!("{} instead of {}", answer["first"], row.first));
    }
    let first = finding(&answer, row.first);
    if first["verdict"] != row.verdict {
        return told(format!("{} instead of {}", first["verdict"], row.verdict));
    }
    let remedy = first["remedy"].as_str().unwrap_or_default();
    if !remedy.contains(row.remedy) {
        return told(format!("`{}` is not in `{remedy}`", row.remedy));
    }
    if said.code != Some(row.code) {
        return told(format!("left with {:?}, not {}", said.code, row.code));
    }
    if answer["checks"].as_array().map(Vec::len) != Some(45) {
        return told("not every check is told".to_owned());
    }
    let writes = world.writes();
    if !writes.is_empty() {
        return told(format!("it wrote: {writes:?}"));
    }
    world.says_no_secret(&said);
    Ok(())
}

/// Runs the command beside the simulators.
async fn asked(world: World, tenant: bool) -> (World, Said) {
    let asked = tokio::task::spawn_blocking(move || {
        let said = if tenant {
            world.with_the_tenant()
        } else {
            world.bountyd(&["doctor", "--json"])
        };
        (world, said)
    });
    asked.await.expect("no panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_every_seeded_mistake_the_right_one_is_named_first() {
    let (plain, tenant) = (rows().map(|row| (row, false)), tenant_rows());
    let all = plain.chain(tenant.map(|row| (row, true)));
    let tried: Vec<Result<(), String>> = futures_util::stream::iter(all)
        .map(|(row, tenant)| tried(row, tenant))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let all = tried.len();
    assert!(all >= 30, "only {all} rows");
    let wrong: Vec<String> = tried.into_iter().filter_map(Result::err).collect();
    assert!(
        wrong.is_empty(),
        "{} of {all}:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
