//! FNV-1a with 64 bits. Shared by the build script, the examples that make the data, and the tests.
//!
//! It detects changes, not forgery. Written out here because it is six lines, and a hash that names
//! data must not change with a compiler or a dependency, as the one in `std` may.

pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0
    }
}
