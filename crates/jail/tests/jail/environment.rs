//! The environment inside is the one that was asked for, and nothing else.

use std::collections::BTreeMap;

use crate::place::{said, unprivileged};

#[test]
fn the_environment_is_exactly_the_specs_and_a_home() {
    unprivileged(
        "environment::the_environment_is_exactly_the_specs_and_a_home",
        |place| {
            let jail = place.jail();
            let mut spec = place.spec(["/usr/bin/env", "-0"]);
            assert_eq!(
                lines(&said(&jail, &spec)),
                ["HOME=/home/agent", "PATH=/usr/local/bin:/usr/bin:/bin"]
            );
            spec.env = BTreeMap::from([
                ("HOME".into(), "/tmp".into()),
                ("LINES".into(), "a\nb=c".into()),
                ("EMPTY".into(), "".into()),
            ]);
            assert_eq!(
                lines(&said(&jail, &spec)),
                ["EMPTY=", "HOME=/tmp", "LINES=a\nb=c"]
            );
            spec.env.insert("PWD".into(), "-".into());
            assert!(lines(&said(&jail, &spec)).contains(&"PWD=-".to_owned()));
        },
    );
}

fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.split_terminator('\0').map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn arguments_arrive_as_they_are() {
    unprivileged("environment::arguments_arrive_as_they_are", |place| {
        let jail = place.jail();
        let spec = place.spec([
            "/usr/bin/printf",
            "%s|",
            "--",
            "",
            "a b",
            "-",
            "--bind",
            "\u{e4}\n",
        ]);
        assert_eq!(said(&jail, &spec), "--||a b|-|--bind|\u{e4}\n|");
    });
}
