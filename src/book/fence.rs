//! A fenced block of a page. Read here to be parsed, and by tests/docs to be run.

/// A fenced block.
pub(crate) struct Fence {
    /// Page and line.
    pub(crate) place: String,
    /// What stands behind the three ticks: `sh run`.
    pub(crate) info: String,
    pub(crate) lines: Vec<String>,
}

impl Fence {
    /// Whether it is shell.
    pub(crate) fn is_shell(&self) -> bool {
        self.info.split_whitespace().next() == Some("sh")
    }

    /// What is done with it, the second word behind the ticks.
    pub(crate) fn mark(&self) -> &str {
        self.info.split_whitespace().nth(1).unwrap_or_default()
    }
}

/// The fenced blocks of a page; `name` is what it is called.
pub(crate) fn of(name: &str, page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<(usize, Fence)> = None;
    for (number, line) in page.lines().enumerate() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        match (&mut open, text.strip_prefix("```")) {
            (Some(_), Some("")) => found.extend(open.take().map(|(_, fence)| fence)),
            (Some((depth, fence)), _) => {
                fence.lines.push(
                    line.get(indent.min(*depth)..)
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
            (None, Some(info)) => {
                let place = format!("{name}:{}", number + 1);
                let fence = Fence {
                    place,
                    info: info.trim().to_owned(),
                    lines: Vec::new(),
                };
                open = Some((indent, fence));
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{name}: a fenced block does not end");
    found
}
