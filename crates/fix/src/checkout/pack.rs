//! Objects as git's pack stream (gitformat-pack(5)): whole and not compressed, for `git index-pack` on
//! this machine, which checks every one of them.

use std::io;

use sha1_checked::{Digest, Sha1};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::objects::Object;

/// Bytes of a block of deflate that is stored as it is (RFC 1951 §3.2.4).
const BLOCK: usize = 65_535;

/// Writes a pack of `objects`.
pub(super) async fn write_pack(
    mut to: impl AsyncWrite + Unpin,
    objects: &[&Object],
) -> io::Result<()> {
    let count = u32::try_from(objects.len()).map_err(io::Error::other)?;
    let mut sum = Sha1::new();
    let mut header = b"PACK\0\0\0\x02".to_vec();
    header.extend(count.to_be_bytes());
    sum.update(&header);
    to.write_all(&header).await?;
    for object in objects {
        let packed = packed(object);
        sum.update(&packed);
        to.write_all(&packed).await?;
    }
    to.write_all(&sum.finalize()).await?;
    to.shutdown().await
}

fn packed(object: &Object) -> Vec<u8> {
    let content = object.content();
    let kind = match object {
        Object::Tree(_) => 2,
        Object::Blob(_) => 3,
    };
    let mut packed = Vec::with_capacity(content.len() + content.len() / BLOCK * 5 + 32);
    // Kind and size, four bits and then seven at a time, the lowest first.
    let mut rest = content.len() >> 4;
    let mut byte = (kind << 4) | (content.len() & 0x0f) as u8;
    while rest > 0 {
        packed.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    packed.push(byte);
    store(content, &mut packed);
    packed
}

/// Zlib without compression (RFC 1950).
fn store(content: &[u8], to: &mut Vec<u8>) {
    to.extend([0x78, 0x01]);
    let mut blocks = content.chunks(BLOCK).peekable();
    if content.is_empty() {
        to.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        to.push(u8::from(blocks.peek().is_none()));
        to.extend(len.to_le_bytes());
        to.extend((!len).to_le_bytes());
        to.extend(block);
    }
    to.extend(adler32(content).to_be_bytes());
}

fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let (mut a, mut b) = (1_u32, 0_u32);
    // So many additions fit before the sums must be reduced (RFC 1950 §9).
    for some in bytes.chunks(5552) {
        for byte in some {
            a += u32::from(*byte);
            b += a;
        }
        a %= PRIME;
        b %= PRIME;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_the_one_of_the_standard() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_size_is_written_in_groups_of_bits() {
        let start = |len: usize| packed(&Object::Blob(vec![0; len].into()));
        assert_eq!(start(0)[..3], [0x30, 0x78, 0x01]);
        assert_eq!(start(15)[..2], [0x3f, 0x78]);
        assert_eq!(start(16)[..3], [0xb0, 0x01, 0x78]);
        assert_eq!(start(70_000)[..4], [0xb0, 0x97, 0x22, 0x78]);
    }
}
