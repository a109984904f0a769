//! A configured search and the text that is sent for it.

use crate::clock::UnixMillis;

/// One configured search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// For logs and reports.
    pub name: String,
    /// The configured part; what makes it a walk over open issues is added here.
    pub text: String,
    /// Only issues updated at or after this moment; `None` reads everything.
    pub updated_from: Option<UnixMillis>,
}

impl Query {
    /// Says what in a configured search text would break the walk.
    ///
    /// # Errors
    /// The word that cannot stand there, and why.
    pub fn check(text: &str) -> Result<(), String> {
        if text.trim().is_empty() {
            return Err("a search text must not be empty".to_owned());
        }
        let bare = without_quotes(text);
        for word in bare.split([' ', '(', ')']) {
            let word = word.trim_start_matches('-').to_ascii_lowercase();
            if word.starts_with("sort:") || word.starts_with("updated:") {
                return Err(format!(
                    "`{word}` cannot stand in a search text: the scan itself walks by `updated`"
                ));
            }
            if matches!(
                word.as_str(),
                "is:pr" | "is:pull-request" | "type:pr" | "is:closed" | "state:closed"
            ) {
                return Err(format!(
                    "`{word}` never matches: the scan reads open issues"
                ));
            }
        }
        Ok(())
    }

    /// The text that is sent. A text with OR is put in parentheses, or what is added would belong
    /// to its last alternative only.
    pub(super) fn full(&self, window: &str) -> String {
        let text = self.text.trim();
        let text = if without_quotes(text).split(' ').any(|w| w == "OR") {
            format!("({text})")
        } else {
            text.to_owned()
        };
        format!("{text} is:issue is:open archived:false{window} sort:updated-asc")
    }
}

fn without_quotes(text: &str) -> String {
    text.split('"').step_by(2).collect::<Vec<_>>().join("x")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_text_must_leave_room_for_the_walk() {
        assert!(Query::check("label:\"sort:of\" no:assignee").is_ok());
        for bad in [
            "",
            "label:x sort:created",
            "-updated:>2020-01-01",
            "is:pr x",
            "(is:closed)",
        ] {
            assert!(Query::check(bad).is_err(), "{bad}");
        }
        let query = Query {
            name: String::new(),
            text: "label:a OR label:b".into(),
            updated_from: None,
        };
        assert!(query.full("").starts_with("(label:a OR label:b) is:issue "));
    }
}
