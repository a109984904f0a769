//! `matrix.txt`: what is tried, what stops it, and how that shows.

/// One route, or one control.
#[derive(Debug)]
pub(crate) struct Row {
    /// Under which heading it stands.
    pub(crate) heading: String,
    /// The name by which the attack reports it.
    pub(crate) id: String,
    /// What is tried, in words.
    pub(crate) tried: String,
    /// What stops it; for a control, why it must work.
    pub(crate) fence: String,
    /// What the attack may report.
    pub(crate) expected: Vec<String>,
}

impl Row {
    /// Whether it must work.
    pub(crate) fn is_control(&self) -> bool {
        self.id.starts_with("control-")
    }

    /// The least Landlock ABI that has the fence, where only Landlock has it.
    pub(crate) fn needs_abi(&self) -> u32 {
        if self.fence.contains("Landlock scope (ABI 6)") {
            6
        } else {
            0
        }
    }
}

/// All of them, in the order of the file.
pub(crate) fn rows() -> Vec<Row> {
    let mut heading = String::new();
    let mut rows = Vec::new();
    for line in include_str!("matrix.txt").lines() {
        if let Some(words) = line.strip_prefix("== ") {
            words.clone_into(&mut heading);
        } else if !line.trim().is_empty() {
            let mut cells = line.split(" | ").map(|cell| cell.trim().to_owned());
            let mut next = || cells.next().unwrap_or_else(|| panic!("four cells: {line}"));
            let row = Row {
                heading: heading.clone(),
                id: next(),
                tried: next(),
                fence: next(),
                expected: next().split(" or ").map(str::to_owned).collect(),
            };
            let works = row.expected.iter().any(|word| word == "SUCCEEDED");
            assert_eq!(works, row.is_control(), "{line}");
            rows.push(row);
        }
    }
    rows
}
