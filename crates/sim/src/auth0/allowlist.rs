//! Entries of an allow-list of addresses.

use std::net::IpAddr;

/// True when `entry` (an address, or a range in CIDR notation) covers `peer`.
pub(crate) fn covers(entry: &str, peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    let (net, bits) = entry
        .split_once('/')
        .map_or((entry, None), |(net, bits)| (net, Some(bits)));
    let Ok(net) = net.parse::<IpAddr>() else {
        return false;
    };
    let width = if net.is_ipv4() { 32 } else { 128 };
    let Ok(bits) = bits.map_or(Ok(width), str::parse::<u32>) else {
        return false;
    };
    let (net, peer) = match (net, peer) {
        (IpAddr::V4(net), IpAddr::V4(peer)) => {
            (u128::from(u32::from(net)), u128::from(u32::from(peer)))
        }
        (IpAddr::V6(net), IpAddr::V6(peer)) => (u128::from(net), u128::from(peer)),
        _ => return false,
    };
    bits <= width && (bits == 0 || (net >> (width - bits)) == (peer >> (width - bits)))
}

/// True when `entry` is an address, or a range in CIDR notation.
pub(crate) fn valid(entry: &str) -> bool {
    let (net, bits) = entry
        .split_once('/')
        .map_or((entry, None), |(net, bits)| (net, Some(bits)));
    let Ok(net) = net.parse::<IpAddr>() else {
        return false;
    };
    let width = if net.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u32>().is_ok_and(|bits| bits <= width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allow_list_entries_cover_addresses_and_ranges() {
        let peer = "10.1.2.3".parse().expect("address");
        assert!(
            covers("10.1.2.3", peer) && covers("10.1.0.0/16", peer) && covers("0.0.0.0/0", peer)
        );
        assert!(
            !covers("10.1.2.4", peer) && !covers("10.2.0.0/16", peer) && !covers("nonsense", peer)
        );
        assert!(!covers("10.1.2.3/33", peer) && !covers("::/0", peer));
        assert!(covers(
            "2001:db8::/32",
            "2001:db8::7".parse().expect("address")
        ));
        assert!(covers(
            "127.0.0.1",
            "::ffff:127.0.0.1".parse().expect("address")
        ));
    }
}
