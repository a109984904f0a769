//! Scanners beside the gate's own rules.

use std::path::PathBuf;

use fix::job::{Confinement, Outcome, Progress, Word};
use fix::scanners::Scanner;
use gate::RuleId;

use crate::place::unprivileged;
use crate::scene::{FILES, FIX, Scene, TEST};

/// Finds each line with `word`, in files whose path has no `skip`, and reports it as SARIF.
const SEEKER: &str = r#"
import json, os, sys
word, results = sys.argv[1], []
for folder, _, files in os.walk('tree'):
    for name in sorted(files):
        path = os.path.join(folder, name)
        for number, line in enumerate(open(path), 1):
            if word in line:
                place = dict(artifactLocation=dict(uri=path), region=dict(startLine=number))
                results.append(dict(ruleId='word', level='error', message=dict(text='has ' + word),
                                    locations=[dict(physicalLocation=place)]))
driver = dict(name='seeker', rules=[])
print(json.dumps(dict(version='2.1.0', runs=[dict(tool=dict(driver=driver), results=results)])))
sys.exit(1 if results else 0)
"#;

fn seeker(word: &str) -> Scanner {
    scanner(&["/usr/bin/python3", "-c", SEEKER, word])
}

fn scanner(argv: &[&str]) -> Scanner {
    Scanner {
        name: "seeker".to_owned(),
        argv: argv.iter().map(Into::into).collect(),
        files: Vec::new(),
        required: true,
    }
}

#[test]
fn what_a_scanner_finds_in_the_change_is_for_the_owner_to_decide() {
    unprivileged(
        "scanning::what_a_scanner_finds_in_the_change_is_for_the_owner_to_decide",
        |place| async {
            let mut scene = Scene::new(place, &format!("{FIX}{TEST}echo mended it")).await;
            scene.parts.scanners = vec![seeker("echo")];
            // `echo` was on that line before, in other words: what it says now is the change's.
            let Outcome::Held { patch, .. } = scene.outcome().await else {
                panic!("{}", scene.place.report("job.json"));
            };
            let found: Vec<_> = patch.verdict.findings().iter().collect();
            let ours = found.iter().find(|found| found.rule == RuleId::Z1);
            let ours = ours.unwrap_or_else(|| panic!("{found:?}"));
            assert!(ours.message.contains("seeker"), "{ours:?}");
            let record = scene.place.record();
            assert_eq!(record.scans[0].results, Some(1));
            assert_eq!(record.scans[0].failed, None);
            let told = scene.seen();
            let scanning =
                |p: &Progress| matches!(p, Progress::Scanning { tool } if tool == "seeker");
            assert_eq!(told.iter().filter(|p| scanning(p)).count(), 1);
        },
    );
}

#[test]
fn what_was_there_before_is_not_the_changes() {
    unprivileged(
        "scanning::what_was_there_before_is_not_the_changes",
        |place| async {
            let mut scene = Scene::new(place, &format!("{FIX}{TEST}echo mended it")).await;
            // The first line of the changed file is as it was, and README.md was not changed at all.
            scene.parts.scanners = vec![seeker("#!/bin/sh"), seeker("sums")];
            let outcome = scene.outcome().await;
            assert!(matches!(outcome, Outcome::Gated { .. }), "{outcome:?}");
            let record = scene.place.record();
            let results: Vec<_> = record.scans.iter().map(|scan| scan.results).collect();
            assert_eq!(results, [Some(1), Some(0)]);
        },
    );
}

#[test]
fn a_required_scanner_that_fails_keeps_the_gate_shut_and_another_is_noted() {
    unprivileged(
        "scanning::a_required_scanner_that_fails_keeps_the_gate_shut_and_another_is_noted",
        |place| async {
            let broken: [&[&str]; 5] = [
                &["no-such-program"],
                &["/bin/false"],
                &["/bin/echo", "all good"],
                &["/bin/sh", "-c", "kill -9 $$"],
                &[
                    "/bin/echo",
                    r#"{"version":"2.1.0","runs":[{"invocations":[{"executionSuccessful":false}],"results":[]}]}"#,
                ],
            ];
            let mut scene = Scene::new(place, &format!("{FIX}{TEST}echo mended it")).await;
            for (nth, argv) in broken.into_iter().enumerate() {
                for required in [true, false] {
                    scene.job.id = format!("job-{nth}-{required}");
                    scene.parts.scanners = vec![Scanner {
                        required,
                        ..scanner(argv)
                    }];
                    let outcome = scene.run().await.expect("an outcome");
                    let word = Word::of(&outcome);
                    let expected = if required { Word::Blocked } else { Word::Gated };
                    assert_eq!(word, expected, "{argv:?}: {outcome:?}");
                }
            }
        },
    );
}

#[test]
fn a_scanner_that_does_not_care_is_not_asked() {
    unprivileged(
        "scanning::a_scanner_that_does_not_care_is_not_asked",
        |place| async {
            let mut scene = Scene::new(place, &format!("{FIX}{TEST}echo mended it")).await;
            scene.parts.scanners = vec![Scanner {
                files: vec![".py".to_owned(), ".github/workflows/".to_owned()],
                ..scanner(&["/bin/false"])
            }];
            let outcome = scene.outcome().await;
            assert!(matches!(outcome, Outcome::Gated { .. }), "{outcome:?}");
            assert_eq!(scene.place.record().scans, Vec::new());
        },
    );
}

/// With the tools themselves, and a change that has planted what would silence them.
#[test]
#[ignore = "needs the scanners from PyPI: `pip install --target DIR 'bandit[sarif]' semgrep` with DIR below /opt \
            and its programs' first lines naming /usr/bin/python3, then `SCANNERS=DIR cargo test -p fix --test job -- --ignored silence`"]
fn what_a_change_plants_to_silence_scanners_does_not() {
    let dir =
        PathBuf::from(std::env::var_os("SCANNERS").expect("SCANNERS names where pip put them"));
    unprivileged(
        "scanning::what_a_change_plants_to_silence_scanners_does_not",
        move |place| async move {
            let planted = "\
printf '[bandit]\\nskips: B602\\nexclude: tree\\n' > .bandit
printf 'a.py\\ntree\\n' > .semgrepignore
printf 'a.py\\n' > .gitignore
printf 'import subprocess\\n\\n\\ndef go(x):\\n    subprocess.call(x, shell=True)  # nosec # nosemgrep\\n' > a.py
";
            let script = format!("{FIX}{TEST}{planted}echo mended it");
            let mut scene = Scene::with_files(place, &script, &FILES).await;
            let mut confinement: Confinement = scene.parts.scans.clone();
            let bin = dir.join("bin");
            confinement
                .env
                .insert("PYTHONPATH".into(), dir.clone().into());
            let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
            confinement.env.insert("PATH".into(), path.into());
            confinement.tools.push(jail::Tool {
                outside: dir.clone(),
                inside: dir.clone(),
            });
            confinement.limits.memory = 8 << 30;
            confinement.limits.processes = 256;
            confinement.limits.file_size = 64 << 20;
            confinement.limits.scratch = 256 << 20;
            confinement.limits.output = 16 << 20;
            scene.parts.scans = confinement;
            scene.parts.scanners = ["bandit", "semgrep"]
                .map(|name| Scanner::known(name).expect("known"))
                .into();
            scene.run().await.expect("an outcome");
            let record = scene.place.record();
            for scan in &record.scans {
                assert_eq!(scan.failed, None, "{scan:?}");
                assert!(scan.results > Some(0), "{scan:?}");
            }
            let tools: Vec<_> = record.scans.iter().map(|scan| scan.tool.as_str()).collect();
            assert_eq!(tools, ["bandit", "semgrep"]);
            let found = |tool: &str| {
                let mut found = record.findings.iter();
                found.any(|f| f.rule == "Z1" && f.message.contains(tool))
            };
            assert!(found("bandit B602"), "{:#?}", record.findings);
            assert!(found("python-shell"), "{:#?}", record.findings);
        },
    );
}
