//! What one call on somebody else's behalf may do, beyond the verbs and paths of its scope: in which
//! repositories, how many writes, until when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::Method;

/// The limits of one call. Clones share what is left of the writes.
///
/// A wire that has one refuses, before a token is asked for: every path outside these repositories, a
/// search that could reach another, GraphQL, whatever would be a write too many, and everything from
/// `until` on. It follows no redirect: a repository that was renamed is another place than the one that
/// was allowed.
#[derive(Clone, Debug)]
pub struct Capability {
    repositories: Vec<String>,
    writes: Arc<AtomicU32>,
    until: Duration,
}

/// Words of a search that narrow it.
const NARROWING: [&str; 4] = ["is:issue", "is:pr", "state:open", "state:closed"];

impl Capability {
    /// For these repositories (`owner/name`, in any case), at most so many requests that change
    /// something, until the monotonic clock shows `until`.
    #[must_use]
    pub fn new(repositories: &[String], writes: u32, until: Duration) -> Self {
        let repositories = repositories.iter().map(|slug| slug.to_ascii_lowercase());
        Self {
            repositories: repositories.collect(),
            writes: Arc::new(AtomicU32::new(writes)),
            until,
        }
    }

    /// Whether such a request may go out at `now` (monotonic). One that changes something is counted.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn admit(
        &self,
        now: Duration,
        method: &Method,
        path: &str,
        query: Option<&str>,
    ) -> Result<(), &'static str> {
        if now >= self.until {
            return Err("the capability has expired");
        }
        if path == "/search/issues" {
            if !query.is_some_and(|query| self.searches_within(query)) {
                return Err("the search could reach beyond the capability's repositories");
            }
        } else if !self.is_within(path) {
            return Err("the capability is for other repositories");
        }
        if *method == Method::GET {
            return Ok(());
        }
        self.writes
            .try_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(1)
            })
            .map(drop)
            .map_err(|_| "the capability's writes are used up")
    }

    fn is_within(&self, path: &str) -> bool {
        let mut parts = path.strip_prefix("/repos/").unwrap_or("").splitn(3, '/');
        let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
            return false;
        };
        let slug = format!("{owner}/{name}").to_ascii_lowercase();
        self.repositories.contains(&slug)
    }

    /// One repository of ours, and nothing beside it but words in quotes and what narrows: no other
    /// qualifier, no OR, no bracket.
    fn searches_within(&self, query: &str) -> bool {
        let mut texts = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == "q");
        let (Some((_, text)), None) = (texts.next(), texts.next()) else {
            return false;
        };
        let Some(rest) = text.strip_prefix("repo:") else {
            return false;
        };
        let (slug, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        if !self.repositories.contains(&slug.to_ascii_lowercase()) {
            return false;
        }
        // Between quotes stands every second part; after the last quote the words are bare again.
        let parts: Vec<&str> = rest.split('"').collect();
        parts.len() % 2 == 1
            && !rest.contains('\\')
            && parts.iter().step_by(2).all(|bare| {
                let mut words = bare.split(' ').filter(|word| !word.is_empty());
                words.all(|word| NARROWING.contains(&word))
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(5);

    fn capability(writes: u32) -> Capability {
        Capability::new(&["Acme/widget".to_owned()], writes, Duration::from_secs(9))
    }

    fn get(path: &str, query: Option<&str>) -> bool {
        capability(0).admit(NOW, &Method::GET, path, query).is_ok()
    }

    #[test]
    fn it_is_for_its_repositories_only() {
        assert!(get("/repos/acme/widget/issues/7", None));
        assert!(get("/repos/ACME/Widget", Some("q=repo:evil/x")));
        for path in [
            "/repos/acme/gadget/issues/7",
            "/repos/acme",
            "/repos/acme/widget2",
            "/user",
            "/user/repos",
            "/repositories/7",
            "/graphql",
            "/repos/acme%2Fwidget/x",
        ] {
            assert!(!get(path, None), "{path}");
        }
    }

    #[test]
    fn a_search_stays_in_its_repository() {
        let search = |q: &str| {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", q)
                .append_pair("per_page", "30")
                .finish();
            get("/search/issues", Some(&query))
        };
        assert!(search(
            "repo:acme/widget is:issue state:open \"a sum\" \"is: wrong OR (\""
        ));
        assert!(search("repo:acme/widget"));
        for escape in [
            "is:issue bug",
            "repo:acme/gadget is:issue",
            "repo:acme/widget is:issue repo:acme/gadget",
            "repo:acme/widget is:issue bug",
            "repo:acme/widget is:issue OR is:pr",
            "repo:acme/widget is:issue \"a\" OR user:acme \"b\"",
            "repo:acme/widget is:issue \"a",
            "repo:acme/widget is:issue \"a\\\" org:acme \\\"\"",
            "(repo:acme/widget)",
            " repo:acme/widget org:acme",
        ] {
            assert!(!search(escape), "{escape}");
        }
        assert!(!get("/search/issues", None));
        let twice = "q=repo%3Aacme%2Fwidget&q=org%3Aacme";
        assert!(!get("/search/issues", Some(twice)));
    }

    #[test]
    fn writes_are_counted_by_all_clones_and_time_ends_it() {
        let ours = capability(2);
        let path = "/repos/acme/widget/issues/7/comments";
        let post = |of: &Capability| of.admit(NOW, &Method::POST, path, None);
        assert!(post(&ours).is_ok());
        assert!(post(&ours.clone()).is_ok());
        assert_eq!(post(&ours), Err("the capability's writes are used up"));
        assert!(ours.admit(NOW, &Method::GET, path, None).is_ok());
        let late = ours.admit(Duration::from_secs(9), &Method::GET, path, None);
        assert_eq!(late, Err("the capability has expired"));
    }

    proptest! {
        #[test]
        fn what_is_searched_for_names_its_repository_first(q in "[a-z:/() \"ORrepo]{0,60}") {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", &q)
                .finish();
            if get("/search/issues", Some(&query)) {
                prop_assert!(q.starts_with("repo:acme/widget"), "{q}");
                let bare: String = q.split('"').step_by(2).collect();
                prop_assert_eq!(bare.matches("repo:").count(), 1);
                prop_assert!(!bare.contains("OR") && !bare.contains('('));
            }
        }
    }
}
