//! The searches that find bounties, and what one may look like.

use super::complaints::Refusal;

/// Each finds bounties the others miss. `is:issue is:open archived:false updated:>=…` and the
/// order are added to every one of them.
pub const DEFAULT_QUERIES: [&str; 12] = [
    // Labels: Algora's own, and those that projects made themselves.
    r#"label:"💎 Bounty""#,
    "label:bounty",
    r#"label:"💰 Reward""#,
    r#"label:"💰bounty""#,
    // What the platforms' bots say under an issue.
    "commenter:algora-pbc[bot]",
    "commenter:opirebot[bot]",
    "commenter:bountyhub[bot]",
    r#""IssueHunt Summary""#,
    r#""bountyhub.dev""#,
    // What people say.
    r#""/bounty" in:comments"#,
    "bounty in:title",
    // A company whose offers carry neither label nor bot.
    r#"repo:Expensify/App label:"Help Wanted" no:assignee"#,
];

/// Characters of one configured query. GitHub takes 256 and the scan adds up to 100.
pub const LONGEST_QUERY: usize = 150;

/// What the scan adds itself, and what would contradict it.
const OURS: [&str; 8] = [
    "is:issue",
    "type:issue",
    "is:open",
    "state:open",
    "archived:",
    "updated:",
    "sort:",
    "created:",
];
const CONTRADICTIONS: [&str; 6] = [
    "is:pr",
    "is:pull-request",
    "type:pr",
    "is:closed",
    "state:closed",
    "is:merged",
];

/// Checks one query; what it returns is trimmed.
pub(super) fn check(text: &str) -> Result<String, Refusal> {
    let query = text.trim();
    if query.is_empty() {
        return Err(Refusal::new(
            "an empty search would find every open issue",
            "write what sets a bounty apart, such as `label:bounty`",
        ));
    }
    if query.chars().any(char::is_control) {
        return Err(Refusal::new(
            "it holds a control character or a line break",
            "write it on one line",
        ));
    }
    if query.matches('"').count() % 2 == 1 {
        return Err(Refusal::new("a quotation mark is not closed", "close it"));
    }
    let length = query.chars().count();
    if length > LONGEST_QUERY {
        return Err(Refusal::new(
            format!("it has {length} characters; GitHub takes 256 and the scan adds to it"),
            format!("use at most {LONGEST_QUERY}, or make two queries of it"),
        ));
    }
    let bare = without_phrases(query);
    let (mut depth, mut operators) = (0_i32, 0);
    for word in bare
        .replace('(', " ( ")
        .replace(')', " ) ")
        .split_whitespace()
    {
        match word {
            "(" => depth += 1,
            ")" => depth -= 1,
            "AND" | "OR" | "NOT" => operators += 1,
            _ => check_word(word)?,
        }
        if !(0..=5).contains(&depth) {
            break;
        }
    }
    if depth != 0 {
        return Err(Refusal::new(
            "the parentheses do not match, or are nested deeper than five",
            "balance them",
        ));
    }
    if operators > 5 {
        return Err(Refusal::new(
            format!("it has {operators} AND/OR/NOT operators; GitHub takes five"),
            "make two queries of it",
        ));
    }
    Ok(query.to_owned())
}

fn check_word(word: &str) -> Result<(), Refusal> {
    let lower = word.trim_start_matches('-').to_ascii_lowercase();
    if let Some(ours) = OURS.iter().find(|ours| lower.starts_with(**ours)) {
        return Err(Refusal::new(
            format!("the scan adds `{ours}` to every query itself"),
            format!("leave `{word}` out"),
        ));
    }
    if CONTRADICTIONS.contains(&lower.as_str()) {
        return Err(Refusal::new(
            format!("`{word}` contradicts `is:issue is:open`, which the scan adds"),
            "only open issues can be claimed; leave it out",
        ));
    }
    Ok(())
}

/// The query without its quoted phrases, whose words mean nothing to the grammar.
fn without_phrases(query: &str) -> String {
    query.split('"').step_by(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_good() {
        for query in DEFAULT_QUERIES {
            assert_eq!(check(query).expect(query), query);
        }
    }

    #[test]
    fn refusals() {
        for (query, reason) in [
            ("", "every open issue"),
            ("label:bounty is:issue", "adds `is:issue`"),
            ("label:bounty -archived:true", "adds `archived:`"),
            ("label:bounty is:pr", "contradicts"),
            ("label:bounty state:closed", "contradicts"),
            ("label:\"bounty", "not closed"),
            ("(label:bounty", "parentheses"),
            (")label:bounty(", "parentheses"),
            ("a OR b OR c OR d OR e OR f OR g", "6 AND/OR/NOT"),
            ("a\nb", "line break"),
        ] {
            let refusal = check(query).expect_err(query);
            assert!(
                refusal.reason.contains(reason),
                "{query}: {}",
                refusal.reason
            );
        }
        assert!(check(&"a".repeat(151)).is_err());
        // Within a phrase these are words like any other.
        assert!(check(r#""is:pr OR (" in:title"#).is_ok());
    }
}
