//! Global node ids in GitHub's present format: a type prefix, then base64url of a MessagePack
//! array of database ids (`[0, id]`, or `[0, repository, id]` for what lives in a repository).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn push(bytes: &mut Vec<u8>, id: u64) {
    match u32::try_from(id) {
        Ok(small) => {
            bytes.push(0xce);
            bytes.extend_from_slice(&small.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0xcf);
            bytes.extend_from_slice(&id.to_be_bytes());
        }
    }
}

/// The id of something that belongs to no repository: `U_…`, `O_…`, `BOT_…`, `R_…`.
pub(super) fn top(prefix: &str, id: u64) -> String {
    let mut bytes = vec![0x92, 0x00];
    push(&mut bytes, id);
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The id of something in a repository: `I_…`, `PR_…`, `IC_…`, `LA_…`.
pub(super) fn inner(prefix: &str, repo: u64, id: u64) -> String {
    let mut bytes = vec![0x93, 0x00];
    push(&mut bytes, repo);
    push(&mut bytes, id);
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Prefix and last database id of a node id; `None` if it is not one.
pub(super) fn parse(text: &str) -> Option<(&str, u64)> {
    let (prefix, encoded) = text.split_once('_')?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    let (&head, mut rest) = bytes.split_first()?;
    let count = match head {
        0x92 => 1,
        0x93 => 2,
        _ => return None,
    };
    rest = rest.strip_prefix(&[0])?;
    let mut last = None;
    for _ in 0..count {
        let (&tag, tail) = rest.split_first()?;
        let width = match tag {
            0xce => 4,
            0xcf => 8,
            _ => return None,
        };
        let (number, tail) = tail.split_at_checked(width)?;
        last = Some(number.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)));
        rest = tail;
    }
    last.filter(|_| rest.is_empty()).map(|id| (prefix, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_githubs_and_read_back() {
        let repo = top("R", 1_296_269);
        assert!(repo.starts_with("R_kgDO"), "{repo}");
        assert_eq!(parse(&repo), Some(("R", 1_296_269)));
        let issue = inner("I", 1_296_269, 5_000_000_000);
        assert!(issue.starts_with("I_kwDO"), "{issue}");
        assert_eq!(parse(&issue), Some(("I", 5_000_000_000)));
    }

    #[test]
    fn what_is_not_a_node_id_is_refused() {
        for bad in ["", "I", "I_", "I_!!", "I_kwDO", "MDQ6VXNlcjE="] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
