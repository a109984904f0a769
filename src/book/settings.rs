//! `docs/config-reference.md`: every setting, made of what the configuration's reader says of each and of the
//! words that the shipped file has for it.

use std::fmt::Write as _;
use std::path::Path;

use crate::book::{cell, is};
use crate::clock::UnixMillis;
use crate::config::{Config, Environment, Loaded, Problem, Problems};

const SHIPPED: &str = include_str!("../../config/bountyd.toml");

/// 2026-11-22T12:00:00Z, when the rates of the shipped file are not old.
const NOW: UnixMillis = UnixMillis(1_795_348_800_000);

const HEAD: &str = "\
# Every setting

<!-- Made of config/bountyd.toml and of the program that reads it; a test keeps it so. To write it anew:
     BOUNTYD_WRITE_DOCS=1 cargo test -p bountyd --lib book:: -->

What may stand in `bountyd.toml`, with what each setting takes and what holds without it. This page is made of
the program itself: it was asked about each key what it takes, what it says to a value that is out of bounds, and
whether anything changes when the line is left out. [Settings](config.md) explains how values are written, when a
change is taken up, and what the schedule means.
";

/// One setting of the shipped file.
struct Setting {
    key: String,
    value: String,
}

/// Settings that stand together, and the words above them.
#[derive(Default)]
struct Group {
    words: String,
    settings: Vec<Setting>,
}

/// A table of the file, by the name in its header; the top level has none.
#[derive(Default)]
struct Section {
    name: String,
    words: String,
    groups: Vec<Group>,
}

/// The shipped file, with what it switches off switched on.
fn shipped() -> Vec<Section> {
    let (mut sections, mut words) = (vec![Section::default()], Vec::new());
    let mut open_list = false;
    for line in SHIPPED.lines() {
        let setting = line.strip_prefix('#').unwrap_or(line);
        let last = sections.last_mut().expect("there is one");
        if open_list {
            let group = last.groups.last_mut().expect("a list belongs to a setting");
            let value = &mut group.settings.last_mut().expect("a setting").value;
            value.push('\n');
            value.push_str(setting);
            open_list = setting != "]";
        } else if let Some(text) = line.strip_prefix("# ") {
            words.push(text.trim_end());
        } else if let Some(name) = setting.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
            sections.push(Section {
                name: name.to_owned(),
                words: std::mem::take(&mut words).join("\n"),
                groups: Vec::new(),
            });
        } else if let Some((key, value)) = setting.split_once(" = ") {
            if !words.is_empty() || last.groups.is_empty() {
                last.groups.push(Group {
                    words: std::mem::take(&mut words).join("\n"),
                    settings: Vec::new(),
                });
            }
            let group = last.groups.last_mut().expect("there is one");
            group.settings.push(Setting {
                key: key.to_owned(),
                value: value.to_owned(),
            });
            open_list = value == "[";
        } else if sections.len() == 1 && sections[0].groups.is_empty() {
            // The first lines are about the file.
            words.clear();
        }
    }
    sections
}

/// The shipped file with everything switched on and filled in.
fn whole() -> toml::Table {
    let mut text = String::new();
    for section in shipped() {
        if !section.name.is_empty() {
            let _ = writeln!(text, "[{}]", section.name);
        }
        for setting in section.groups.iter().flat_map(|group| &group.settings) {
            let _ = writeln!(text, "{} = {}", setting.key, filled(&setting.value));
        }
    }
    text.parse().expect("TOML")
}

/// A value of the shipped file as somebody fills it in, whose machine keeps Greenwich's time.
fn filled(value: &str) -> String {
    let value = value.replace("YOUR-TENANT", "my-tenant");
    value.replace("YOUR-", "my-")
}

/// The table that is called `section`.
fn table<'a>(file: &'a mut toml::Table, section: &str) -> &'a mut toml::Table {
    let mut path: toml::Table = match section {
        "" => toml::Table::new(),
        name => format!("[{name}]").parse().expect("a header"),
    };
    let mut inside = file;
    while let Some((name, next)) = path.into_iter().next() {
        inside = inside[&name].as_table_mut().expect("a table");
        path = match next {
            toml::Value::Table(next) => next,
            _ => toml::Table::new(),
        };
    }
    inside
}

/// The file with `key` of `section` set to `value`, or without it.
fn with(section: &str, key: &str, value: Option<toml::Value>) -> toml::Table {
    let mut file = whole();
    file.insert("timezone".to_owned(), "UTC".into());
    match value {
        Some(value) => table(&mut file, section).insert(key.to_owned(), value),
        None => table(&mut file, section).remove(key),
    };
    file
}

fn parse(text: &str) -> Result<Loaded, Problems> {
    let environment = Environment {
        home: Some("/home/owner".into()),
        ..Environment::default()
    };
    Config::parse(
        text,
        Path::new("/etc/bountyd/bountyd.toml"),
        &environment,
        NOW,
    )
}

/// What is said of `key` when it has this value.
fn said(section: &str, key: &str, value: toml::Value) -> Option<Problem> {
    let name = match section {
        "" => format!("`{key}`"),
        _ => format!("`{}.{key}`", section.replace('"', "")),
    };
    let file = with(section, key, Some(value)).to_string();
    let problems = parse(&file).err()?.list;
    let about = |problem: &Problem| problem.message.contains(&name) && !is_missing(problem);
    problems.into_iter().find(about)
}

fn is_missing(problem: &Problem) -> bool {
    problem.message.ends_with("` is missing")
}

/// What `key` takes, in the words of the program that refuses what it does not take.
fn takes(section: &str, key: &str) -> String {
    let wrong = said(section, key, toml::Value::Float(1.5)).expect("no setting takes a float");
    let (_, kind) = wrong
        .reason
        .split_once("wanted is ")
        .unwrap_or_else(|| panic!("[{section}] {key}: {wrong:?}"));
    let beyond = match kind {
        "a whole number" | "an amount of dollars" => Some(toml::Value::Integer(i64::MAX)),
        "a length of time" => Some("3000000d".into()),
        "a string" => Some("~".into()),
        "a list of strings" => Some(toml::Value::Array(vec!["~".into()])),
        _ => None,
    };
    let refused = beyond.and_then(|value| said(section, key, value));
    match refused {
        Some(refused) => match refused.reason.strip_prefix("it must be between ") {
            Some(bounds) => format!("{kind} between {}", plain(bounds)),
            None => format!("{kind}: {}", refused.remedy),
        },
        None => kind.to_owned(),
    }
}

/// Bounds of time in the words of the daemon's messages: `9years 11months …` is `3650 days`.
fn plain(bounds: &str) -> String {
    let bound = |text: &str| {
        // A number is a count, of which `humantime` takes "0" for a time.
        let is_number = text.parse::<i64>().is_ok();
        let time = humantime::parse_duration(text).ok().filter(|_| !is_number);
        time.map_or_else(|| text.to_owned(), crate::messages::span)
    };
    bounds
        .split(" and ")
        .map(bound)
        .collect::<Vec<_>>()
        .join(" and ")
}

/// Settings that mean something only beside another one: which, and its value; or that it stands or falls with it.
const BESIDE: [(&str, &str, Option<&str>); 3] = [
    (
        "client_secret_file",
        "client_authentication",
        Some("client_secret"),
    ),
    ("api_url", "graphql_url", None),
    ("graphql_url", "api_url", None),
];

/// What holds when the line is not there.
fn default(section: &str, setting: &Setting) -> String {
    let key = setting.key.as_str();
    let value: toml::Table = format!("it = {}", filled(&setting.value))
        .parse()
        .expect("TOML");
    let mut with = with(section, key, value.get("it").cloned());
    let mut without = with.clone();
    table(&mut without, section).remove(key);
    let in_need = |(of, ..): &&(&str, &str, Option<&str>)| {
        *of == key && ["auth0", "github"].contains(&section)
    };
    if let Some((_, other, value)) = BESIDE.iter().find(in_need) {
        match value {
            Some(value) => {
                for file in [&mut with, &mut without] {
                    table(file, section).insert((*other).to_owned(), (*value).into());
                }
            }
            None => {
                table(&mut without, section).remove(*other);
            }
        }
    }
    let without = match parse(&without.to_string()) {
        Ok(loaded) => loaded.config,
        Err(problems) => {
            assert!(problems.list.iter().any(is_missing), "{problems}");
            return "must be there".to_owned();
        }
    };
    let with = parse(&with.to_string());
    let same = with.is_ok_and(|with| format!("{:?}", with.config) == format!("{without:?}"));
    let one_line = !setting.value.contains('\n');
    match (same, one_line) {
        (true, true) => format!("`{}`", setting.value),
        (true, false) => "as below".to_owned(),
        (false, true) => format!("not set; example: `{}`", setting.value),
        (false, false) => "not set; example below".to_owned(),
    }
}

#[test]
fn the_page_of_the_settings_is_current() {
    let mut page = HEAD.to_owned();
    let mut counted = 0;
    for section in shipped() {
        let name = match section.name.as_str() {
            "" => "Top level".to_owned(),
            name => format!("[{name}]"),
        };
        let _ = write!(page, "\n## {name}\n");
        if !section.words.is_empty() {
            let _ = write!(page, "\n{}\n", section.words);
        }
        for group in section.groups {
            if !group.words.is_empty() {
                let _ = write!(page, "\n{}\n", words(&group.words));
            }
            page += "\n| key | takes | without it |\n| --- | --- | --- |\n";
            for setting in &group.settings {
                counted += 1;
                let takes = takes(&section.name, &setting.key);
                let default = default(&section.name, setting);
                let _ = writeln!(
                    page,
                    "| `{}` | {} | {} |",
                    setting.key,
                    cell(&takes),
                    cell(&default)
                );
            }
            for setting in group
                .settings
                .iter()
                .filter(|setting| setting.value.contains('\n'))
            {
                let _ = write!(
                    page,
                    "\n```toml\n{} = {}\n```\n",
                    setting.key, setting.value
                );
            }
        }
    }
    assert!(counted > 80, "only {counted} settings were found");
    is("config-reference.md", &page);
}

/// Lines that are indented in the file are a list.
fn words(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("  ") {
            Some(item) => {
                if !lines
                    .last()
                    .is_some_and(|last: &String| last.starts_with("- "))
                {
                    lines.push(String::new());
                }
                let (name, meaning) = item.split_once("  ").unwrap_or((item, ""));
                lines.push(format!("- `{}` {}", name.trim(), meaning.trim()));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}
