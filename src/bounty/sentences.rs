//! Sentences of a text that people wrote, and which of them name what the next ones speak of.

use super::patterns::Pattern;

/// Sentences are cut after this many characters: nobody writes a rule in more.
pub(super) const LONGEST: usize = 600;

/// What a sentence is to those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Statement,
    Heading,
    Question,
}

/// One sentence.
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) role: Role,
}

/// Sentences, roughly: ended by a full stop before a space, a line break that starts a new
/// paragraph or list item, or the borders of an HTML comment. A hidden comment is read like the
/// rest: it is meant for us.
pub(super) fn sentences(text: &str) -> Vec<Sentence<'_>> {
    static END: Pattern =
        Pattern::new(r"[.!?;]\s|\n\s*\n(?:\s*#)?|\n\s*(?:[-*+#>|]|\d+[.)])|<!--|-->");
    let end = END.compiled();
    let mut out = Vec::new();
    let mut from = 0;
    let mut heading = text.trim_start().starts_with('#');
    let mut take = |range: std::ops::Range<usize>, heading, question| {
        let text = text[range].trim();
        let role = match (heading, question) {
            (true, _) => Role::Heading,
            (_, true) => Role::Question,
            _ => Role::Statement,
        };
        if text.len() > 1 {
            out.push(Sentence { text, role });
        }
    };
    for found in end.find_iter(text) {
        let mark = found.as_str();
        take(from..found.start(), heading, mark.starts_with('?'));
        // A full stop in a heading, as in `## 3. AI`, does not end it; the end of its line does.
        let one_line = !text[from..found.end()].contains('\n');
        heading = mark.ends_with('#') || heading && one_line;
        from = found.end();
    }
    take(from..text.len(), heading, text.ends_with('?'));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_questions_are_told_from_the_rest() {
        let text =
            "# 1. Rules\nBe kind. Who may come?\n\n## Patches\n- small ones; tested\n<!-- none -->";
        let seen: Vec<_> = sentences(text)
            .into_iter()
            .map(|s| (s.text, s.role))
            .collect();
        let (statement, heading) = (Role::Statement, Role::Heading);
        assert_eq!(
            seen,
            [
                ("# 1", heading),
                ("Rules\nBe kind", heading),
                ("Who may come", Role::Question),
                ("# Patches", heading),
                ("small ones", statement),
                ("tested", statement),
                ("none", statement),
            ]
        );
    }
}
