//! Commits as git writes them.

use std::fmt::Write as _;

use super::oid::Oid;

/// Who made a commit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::github) struct Person {
    pub(in crate::github) name: String,
    pub(in crate::github) email: String,
    /// Unix seconds; the simulated world lives in UTC.
    pub(in crate::github) at: i64,
}

impl Person {
    /// GitHub itself, which commits what comes in by its API.
    pub(in crate::github) fn github(now_ms: i64) -> Self {
        Self {
            name: "GitHub".to_owned(),
            email: "noreply@github.com".to_owned(),
            at: now_ms.div_euclid(1000),
        }
    }

    fn line(&self) -> String {
        // These would end the field in git's format; git drops them too.
        let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
        let (name, email) = (clean(&self.name), clean(&self.email));
        format!("{name} <{email}> {} +0000", self.at)
    }

    fn read(line: &str) -> Option<Self> {
        let (name, rest) = line.split_once('<')?;
        let (email, rest) = rest.split_once("> ")?;
        Some(Self {
            name: name.trim_end().to_owned(),
            email: email.to_owned(),
            at: rest.split(' ').next()?.parse().ok()?,
        })
    }
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::github) struct Commit {
    pub(in crate::github) tree: Oid,
    pub(in crate::github) parents: Vec<Oid>,
    pub(in crate::github) author: Person,
    pub(in crate::github) committer: Person,
    pub(in crate::github) message: String,
    /// GitHub signed it with its own key.
    pub(in crate::github) signed: bool,
}

/// What stands for GitHub's signature: the form is right, no key is behind it.
const SIGNATURE: &str =
    "gpgsig -----BEGIN PGP SIGNATURE-----\n \n c2ltdWxhdGVk\n -----END PGP SIGNATURE-----\n \n";

impl Commit {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            let _ = writeln!(out, "parent {parent}");
        }
        let _ = write!(
            out,
            "author {}\ncommitter {}\n{}\n{}",
            self.author.line(),
            self.committer.line(),
            if self.signed { SIGNATURE } else { "" },
            self.message
        );
        out.into_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, message) = text.split_once("\n\n")?;
        let mut commit = Self {
            tree: Oid::parse(head.strip_prefix("tree ")?.get(..40)?)?,
            parents: Vec::new(),
            author: Person::github(0),
            committer: Person::github(0),
            message: message.to_owned(),
            signed: false,
        };
        for line in head.lines() {
            match line.split_once(' ')? {
                ("parent", oid) => commit.parents.push(Oid::parse(oid)?),
                ("author", line) => commit.author = Person::read(line)?,
                ("committer", line) => commit.committer = Person::read(line)?,
                ("gpgsig", _) => commit.signed = true,
                _ => {}
            }
        }
        Some(commit)
    }

    /// The message's first line.
    pub(in crate::github) fn headline(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// The message without its first line.
    pub(in crate::github) fn body(&self) -> &str {
        self.message
            .split_once('\n')
            .map_or("", |(_, body)| body.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_reads_back_as_it_was_written() {
        let tree = Oid::of("tree", b"");
        let mut commit = Commit {
            tree,
            parents: vec![tree, Oid::of("blob", b"")],
            author: Person {
                name: "Ann Other".to_owned(),
                email: "ann@example.org".to_owned(),
                at: 1_767_225_600,
            },
            committer: Person::github(1_767_225_600_000),
            message: "Repair it\n\nIt was broken.\n".to_owned(),
            signed: false,
        };
        assert_eq!(Commit::decode(&commit.encode()), Some(commit.clone()));
        assert_eq!(
            (commit.headline(), commit.body()),
            ("Repair it", "It was broken.")
        );
        commit.signed = true;
        assert_eq!(Commit::decode(&commit.encode()), Some(commit));
        assert_eq!(Commit::decode(b"tree x"), None);
    }
}
