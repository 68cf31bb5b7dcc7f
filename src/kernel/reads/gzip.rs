//! Gzip of texts whose first part is the same for everyone.
//!
//! The shared part is compressed once and ends on a byte boundary (a sync flush, RFC 1951 section
//! 3.2.4). A reader's own end is appended in stored blocks, and the checksum goes on from where the
//! shared part left it, so that an answer costs a copy of its small part only.

use std::io::Write;

use bytes::{BufMut, Bytes, BytesMut};
use crc32fast::Hasher;
use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, GzBuilder};

/// RFC 1952: magic, deflate, no flags, no time, no hint, unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// What one stored block can hold.
const STORED_MAX: usize = 0xffff;
/// Half the time of the default for a tenth more bytes.
const LEVEL: Compression = Compression::new(4);

/// Compresses a whole text.
pub fn whole(text: &[u8]) -> Bytes {
    let mut encoder: GzEncoder<Vec<u8>> = GzBuilder::new().write(Vec::with_capacity(text.len() / 4), LEVEL);
    // Writing to memory cannot fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default().into()
}

/// The gzip of a text's beginning, which [`GzipPrefix::end`] completes.
#[derive(Debug, Clone)]
pub struct GzipPrefix {
    pub bytes: Bytes,
    crc: Hasher,
    len: usize,
}

impl GzipPrefix {
    /// Compresses the beginning.
    pub fn new(begin: &[u8]) -> Self {
        let mut bytes = HEAD.to_vec();
        let mut encoder = DeflateEncoder::new(&mut bytes, LEVEL);
        let _ = encoder.write_all(begin);
        // A sync flush; the encoder is dropped without the block that would end the stream.
        let _ = encoder.flush();
        std::mem::forget(encoder);
        let mut crc = Hasher::new();
        crc.update(begin);
        Self { bytes: bytes.into(), crc, len: begin.len() }
    }

    /// What follows [`GzipPrefix::bytes`] when the text goes on, and ends, with `rest`.
    pub fn end(&self, rest: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(rest.len() + 16);
        let mut blocks = rest.chunks(STORED_MAX).peekable();
        if blocks.peek().is_none() {
            out.put_slice(&[1, 0, 0, 0xff, 0xff]);
        }
        while let Some(block) = blocks.next() {
            let len = block.len() as u16;
            out.put_u8(u8::from(blocks.peek().is_none()));
            out.put_u16_le(len);
            out.put_u16_le(!len);
            out.put_slice(block);
        }
        let mut crc = self.crc.clone();
        crc.update(rest);
        out.put_u32_le(crc.finalize());
        out.put_u32_le((self.len + rest.len()) as u32);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use proptest::prelude::*;
    use std::io::Read;

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        GzDecoder::new(bytes).read_to_end(&mut text).unwrap();
        text
    }

    fn both(begin: &[u8], rest: &[u8]) -> Vec<u8> {
        let begun = GzipPrefix::new(begin);
        read(&[&begun.bytes[..], &begun.end(rest)[..]].concat())
    }

    #[test]
    fn long_and_empty_ends() {
        assert_eq!(both(b"", b""), b"");
        assert_eq!(both(b"a", b""), b"a");
        for len in [STORED_MAX - 1, STORED_MAX, STORED_MAX + 1, 3 * STORED_MAX] {
            let rest = vec![7; len];
            assert_eq!(both(b"begin", &rest), [b"begin".to_vec(), rest].concat());
        }
    }

    proptest! {
        #[test]
        fn what_went_in_comes_out(begin in prop::collection::vec(any::<u8>(), 0..5000),
                                  rest in prop::collection::vec(any::<u8>(), 0..500)) {
            prop_assert_eq!(both(&begin, &rest), [begin.clone(), rest].concat());
            prop_assert_eq!(read(&whole(&begin)), begin);
        }
    }
}
