//! A pack that no git would make: small, and large when it is unfolded.

use sha1_checked::{Digest, Sha1};

/// Kind and size of an object, as a pack has them.
pub(crate) fn header(kind: u8, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut byte, mut rest) = ((kind << 4) | (size & 0xf) as u8, size >> 4);
    while rest > 0 {
        bytes.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    bytes.push(byte);
    bytes
}

fn number(mut rest: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while rest > 0x7f {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// Zlib, stored as it is.
fn stored(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x01];
    let mut blocks = content.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let len = u16::try_from(block.len()).expect("one block");
        bytes.push(u8::from(blocks.peek().is_none()));
        bytes.extend(len.to_le_bytes());
        bytes.extend((!len).to_le_bytes());
        bytes.extend(block);
    }
    let (a, b) = content.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    bytes.extend(((b << 16) | a).to_be_bytes());
    bytes
}

/// A blob of one MiB, and one that repeats it so often that it has `bytes`.
pub(crate) fn delta_bomb(bytes: u64) -> Vec<u8> {
    const PIECE: usize = 1 << 20;
    let base = vec![b'x'; PIECE];
    let id = Sha1::digest([format!("blob {PIECE}\0").as_bytes(), &base].concat());
    let mut delta = number(PIECE as u64);
    delta.extend(number(bytes));
    // "Copy from the start": of the size, the highest of three bytes is given.
    delta.extend([0xc0, (PIECE >> 16) as u8].repeat((bytes / PIECE as u64) as usize));
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x02".to_vec();
    pack.extend(header(3, PIECE as u64));
    pack.extend(stored(&base));
    // Kind 7: a delta to the object with this id.
    pack.extend(header(7, delta.len() as u64));
    pack.extend(id);
    pack.extend(stored(&delta));
    let sum = Sha1::digest(&pack);
    pack.extend(sum);
    pack
}
