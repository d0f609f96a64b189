//! SHA-256 (FIPS 180-4), for the check that data files are the ones that are listed.

/// The digest as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    // The fractions of the square and cube roots of the first primes, made here rather than listed.
    let primes: Vec<u64> = (2..312)
        .filter(|n| (2..*n).all(|divisor| n % divisor != 0))
        .collect();
    let mut state: [u32; 8] = std::array::from_fn(|n| fraction(primes[n], 2));
    let rounds: [u32; 64] = std::array::from_fn(|n| fraction(primes[n], 3));
    let mut message = bytes.to_vec();
    message.push(0x80);
    while message.len() % 64 != 56 {
        message.push(0);
    }
    message.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in message.as_chunks::<64>().0 {
        let mut words = [0u32; 64];
        for (word, four) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*four);
        }
        for n in 16..64 {
            let (a, b) = (words[n - 15], words[n - 2]);
            let a = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let b = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            words[n] = words[n - 16]
                .wrapping_add(a)
                .wrapping_add(words[n - 7])
                .wrapping_add(b);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for n in 0..64 {
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let one = h
                .wrapping_add(sum)
                .wrapping_add(e & f ^ !e & g)
                .wrapping_add(rounds[n])
                .wrapping_add(words[n]);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let two = sum.wrapping_add(a & b ^ a & c ^ b & c);
            (h, g, f, e) = (g, f, e, d.wrapping_add(one));
            (d, c, b, a) = (c, b, a, one.wrapping_add(two));
        }
        for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(new);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}

/// The first 32 bits of the fraction of a root of `n`: the largest number whose power is at most
/// `n` times 2^32 to that power.
fn fraction(n: u64, power: u32) -> u32 {
    let mut root = 0u128;
    for bit in (0..36).rev() {
        let more = root | 1 << bit;
        // Up to 36 bits to the third are 108, so nothing overflows.
        if more.pow(power) <= u128::from(n) << (32 * power) {
            root = more;
        }
    }
    root as u32
}
