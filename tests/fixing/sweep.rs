//! Looks for a secret everywhere that something of a job can end up.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::world::{Said, World};

/// Forms in which a secret may stand somewhere.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let reversed: String = secret.chars().rev().collect();
    let encoded = STANDARD.encode(bytes);
    vec![
        bytes.to_vec(),
        reversed.into_bytes(),
        hex::encode(bytes).into_bytes(),
        // The last letters depend on what follows.
        encoded.trim_end_matches('=').as_bytes()[..encoded.len() - 4].to_vec(),
        URL_SAFE_NO_PAD.encode(bytes).into_bytes(),
    ]
}

/// Places that hold `secret`: what the program said, everything on disk but the files named in
/// `its_own`, everything at GitHub.
pub(crate) fn hits(world: &World, said: &[&Said], secret: &str, its_own: &[&str]) -> Vec<String> {
    assert!(secret.len() >= 12, "too short to be found by its letters");
    let forms = forms(secret);
    let mut hits = Vec::new();
    let mut look = |place: String, bytes: &[u8]| {
        let there = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == &form[..]);
        if forms.iter().any(there) {
            hits.push(place);
        }
    };
    for (nth, said) in said.iter().enumerate() {
        look(format!("output {nth}"), said.out.as_bytes());
        look(format!("errors {nth}"), said.err.as_bytes());
    }
    let own: Vec<_> = its_own.iter().map(|name| world.at(name)).collect();
    files(world.dir.path(), &mut |path| {
        if !own.iter().any(|own| path.starts_with(own)) && path != world.at("bountyd") {
            look(
                path.display().to_string(),
                &std::fs::read(path).unwrap_or_default(),
            );
        }
    });
    hits.extend(at_github(world, &forms));
    hits
}

/// Pull requests, branches and every file of theirs, and comments.
fn at_github(world: &World, forms: &[Vec<u8>]) -> Vec<String> {
    let github = &world.sim.github;
    let mut hits = Vec::new();
    let there = |text: &[u8]| {
        forms
            .iter()
            .any(|form| text.windows(form.len()).any(|w| w == &form[..]))
    };
    let (_, name) = crate::world::SLUG.split_once('/').expect("a name");
    let mut repositories = vec![crate::world::SLUG.to_owned()];
    for pull in github.repo(crate::world::SLUG).pulls() {
        if there(format!("{pull:?}").as_bytes()) {
            hits.push(format!("pull request {}", pull.number));
        }
        let (owner, _) = pull.head.split_once(':').expect("a branch");
        repositories.push(format!("{owner}/{name}"));
    }
    for slug in repositories {
        let repo = github.repo(&slug);
        for (branch, oid) in repo.branches() {
            for file in repo.files(&oid) {
                let (_, path) = file.split_once(' ').expect("a mode");
                let content = repo.file(&oid, path).expect("a file");
                if there(&content) || there(path.as_bytes()) {
                    hits.push(format!("{slug} {branch} {path}"));
                }
            }
        }
    }
    hits
}

/// Every regular file below `dir`.
fn files(dir: &Path, look: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let kind = entry.file_type().expect("its type");
        if kind.is_dir() {
            files(&entry.path(), look);
        } else if kind.is_file() {
            look(&entry.path());
        }
    }
}
