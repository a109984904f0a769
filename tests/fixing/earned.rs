//! Five bounties in five languages on one daemon: found, claimed, mended with the real toolchains, merged and
//! paid.

use crate::languages::{ALL, Toolchain, give_room};
use crate::town::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_languages_are_found_mended_merged_and_paid() {
    let toolchain = Toolchain::find();
    let script: String = ALL
        .iter()
        .map(|language| {
            format!(
                "if [ -e {} ]; then\n{}fi\n",
                language.files[0].0,
                language.script()
            )
        })
        .collect();
    let mut town = Town::new(&format!("{script}echo mended it")).await;
    give_room(&town.world, &toolchain.lines());
    let mut numbers = Vec::new();
    for language in ALL {
        town.project(language.slug, language.files, |repo| repo);
        numbers.push(town.algora(language.slug));
    }
    town.start(None).await;
    for open in 1..=ALL.len() {
        let sql = format!("SELECT (SELECT COUNT(*) FROM job WHERE state = 'open') >= {open}");
        town.until(&sql).await;
    }
    town.rest().await;
    for language in ALL {
        let pull = town.the_pull(language.slug);
        town.world
            .sim
            .github
            .repo(language.slug)
            .merges(pull.number);
    }
    let all = |state: &str| format!("SELECT (SELECT COUNT(*) FROM {state}) = {}", ALL.len());
    town.until(&all("job WHERE state = 'merged'")).await;
    town.rest().await;
    let text = "🎉🎈 @night-owner has been awarded **$750** by **Acme**! 🎈🎊";
    for (language, number) in ALL.iter().zip(numbers) {
        assert_eq!(town.branches(language.slug), Vec::<String>::new());
        let github = &town.world.sim.github;
        github.comment_as(language.slug, number, "algora-pbc[bot]", text);
    }
    town.until(&all("bounty WHERE stage = 'paid'")).await;
    town.rest().await;
    for language in ALL {
        assert_eq!(town.pulls(language.slug).len(), 1, "{}", language.slug);
    }
    town.stop().await;
    let said = town.world.bountyd(&["earnings", "--json"]).await;
    let earned: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(earned["sums"]["paid"], 5 * 75_000, "{earned}");
}
