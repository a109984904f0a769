//! Which lines of a file are new, and which lines of the old one are gone; in bounded time.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Lines on both sides, multiplied, up to which the exact difference is computed.
const EXACT: usize = 4_000_000;

/// Line numbers from 0: added in the new text, removed from the old one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LineDiff {
    pub(crate) added: Vec<usize>,
    pub(crate) removed: Vec<usize>,
}

/// Compares two lists of lines. Beyond [`EXACT`] a line that has no partner in order counts as new:
/// never fewer lines than the exact difference has.
pub(crate) fn lines<'a>(old: &[&'a str], new: &[&'a str]) -> LineDiff {
    let mut numbers: HashMap<&str, u32> = HashMap::with_capacity(old.len());
    let mut number = |line: &'a str| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(line).or_insert(next)
    };
    let old: Vec<u32> = old.iter().map(|line| number(line)).collect();
    let new: Vec<u32> = new.iter().map(|line| number(line)).collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut diff = if old.len().saturating_mul(new.len()) <= EXACT {
        exact(old, new)
    } else {
        in_order(old, new)
    };
    for line in diff.added.iter_mut().chain(&mut diff.removed) {
        *line += head;
    }
    diff
}

fn exact(old: &[u32], new: &[u32]) -> LineDiff {
    let mut out = LineDiff::default();
    for op in capture_diff_slices(Algorithm::Myers, old, new) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete {
                old_index, old_len, ..
            } => out.removed.extend(old_index..old_index + old_len),
            DiffOp::Insert {
                new_index, new_len, ..
            } => out.added.extend(new_index..new_index + new_len),
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                out.removed.extend(old_index..old_index + old_len);
                out.added.extend(new_index..new_index + new_len);
            }
        }
    }
    out
}

/// Pairs each new line with the next unused equal line of the old text, in order.
fn in_order(old: &[u32], new: &[u32]) -> LineDiff {
    let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
    for (at, line) in old.iter().enumerate() {
        places.entry(*line).or_default().push(at);
    }
    let mut out = LineDiff::default();
    let mut kept = vec![false; old.len()];
    let mut from = 0;
    for (at, line) in new.iter().enumerate() {
        let partner = places.get(line).and_then(|places| {
            let next = places.partition_point(|place| *place < from);
            places.get(next).copied()
        });
        match partner {
            Some(place) => {
                kept[place] = true;
                from = place + 1;
            }
            None => out.added.push(at),
        }
    }
    out.removed = (0..old.len()).filter(|at| !kept[*at]).collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_inserted_line_is_the_only_new_one() {
        let diff = lines(&["a", "b", "c"], &["a", "x", "b", "c"]);
        assert_eq!(diff.added, [1]);
        assert!(diff.removed.is_empty());
        let diff = lines(&["a", "b", "c"], &["a", "B", "c"]);
        assert_eq!((diff.added, diff.removed), (vec![1], vec![1]));
    }

    #[test]
    fn a_moved_line_is_new_where_it_stands_now() {
        let diff = lines(&["a", "b", "c", "d"], &["b", "c", "d", "a"]);
        assert_eq!(diff.added, [3]);
    }

    proptest! {
        #[test]
        fn what_is_not_new_stood_in_the_old_text_in_the_same_order(
            old in proptest::collection::vec(0u32..6, 0..30),
            new in proptest::collection::vec(0u32..6, 0..30),
        ) {
            for diff in [exact(&old, &new), in_order(&old, &new)] {
                let kept_new: Vec<u32> = new.iter().enumerate()
                    .filter(|(at, _)| !diff.added.contains(at)).map(|(_, line)| *line).collect();
                let kept_old: Vec<u32> = old.iter().enumerate()
                    .filter(|(at, _)| !diff.removed.contains(at)).map(|(_, line)| *line).collect();
                prop_assert_eq!(kept_new, kept_old);
            }
        }
    }
}
