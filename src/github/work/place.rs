//! A repository by name and number: the name makes the path, the number says which one is meant.

use super::super::write::plain;

/// A repository. Names change hands, numbers do not: a read compares the number with what GitHub
/// answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    owner: String,
    name: String,
    id: u64,
}

impl Place {
    /// `owner/name` with the number `id`. `None` when owner or name cannot be a GitHub name and so
    /// could change a path.
    #[must_use]
    pub fn new(owner: &str, name: &str, id: u64) -> Option<Self> {
        (plain(owner) && plain(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            id,
        })
    }

    /// Login of the owner.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Name without the owner.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Numeric id.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// `owner/name`.
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_bend_a_path_is_no_place() {
        assert_eq!(
            Place::new("acme", ".github", 5).expect("a place").slug(),
            "acme/.github"
        );
        for (owner, name) in [
            ("..", "x"),
            ("acme", "a/b"),
            ("a?b", "x"),
            ("", "x"),
            ("a", "."),
        ] {
            assert_eq!(Place::new(owner, name, 5), None, "{owner}/{name}");
        }
    }
}
