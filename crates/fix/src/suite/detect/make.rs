//! Make: a target `test` or `check`.

use gate::tree::Tree;

use super::files::Place;
use super::{Found, words};
use crate::suite::candidate::Runner;

/// The names that GNU Make looks for, in its order.
pub(in crate::suite) const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

pub(super) fn look(tree: &Tree, place: &Place, found: &mut Vec<Found>) {
    let Some((file, text)) = MAKEFILES
        .into_iter()
        .find_map(|file| Some((file, place.text(tree, file)?)))
    else {
        return;
    };
    for (rank, target) in [(44, "test"), (43, "check"), (42, "tests")] {
        if let Some(recipe) = recipe(text, target) {
            let mut argv = words(["make"]);
            if !place.is_root() {
                argv.extend(["-C".to_owned(), place.dir().to_owned()]);
            }
            argv.push(target.to_owned());
            let runner = Runner::of_words(recipe.iter().flat_map(|l| l.split_whitespace()));
            let why = format!("a target `{target}`");
            found.push(Found::new(rank, runner, argv, place, file, &why));
        }
    }
}

/// The lines below a target, if there is such a target.
fn recipe<'a>(text: &'a str, target: &str) -> Option<Vec<&'a str>> {
    let mut lines = text.lines();
    lines.find(|line| is_rule(line, target))?;
    let below = lines.take_while(|line| line.starts_with('\t') || line.trim().is_empty());
    Some(
        below
            .map(|line| line.trim_start_matches(['\t', ' ', '@', '-', '+']))
            .collect(),
    )
}

/// Whether a line is a rule for `target`, not a variable or a recipe.
fn is_rule(line: &str, target: &str) -> bool {
    match line.split_once(':') {
        Some((targets, rest)) => {
            !line.starts_with(['\t', '#'])
                && !rest.trim_start_matches(':').starts_with('=')
                && !targets.contains('=')
                && targets.split_whitespace().any(|t| t == target)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_no_variable_and_no_recipe() {
        for (line, is) in [
            ("test:", true),
            ("test check: build", true),
            ("test:: build", true),
            ("\ttest: a", false),
            ("test := a", false),
            ("test ::= a", false),
            ("X = test: a", false),
            ("# test: a", false),
            ("latest:", false),
        ] {
            assert_eq!(is_rule(line, "test"), is, "{line}");
        }
    }

    #[test]
    fn a_recipe_tells_whose_output_comes() {
        let text = "all:\n\tcc a.c\ntest: all\n\t@go test ./...\n\nclean:\n\tcargo test\n";
        assert_eq!(recipe(text, "test"), Some(vec!["go test ./...", ""]));
        assert_eq!(recipe(text, "check"), None);
    }
}
