//! Robust values that a wrong sample does not change: agreement of the newest, and the most common
//! value.

/// Maximum weight of samples by which a rule that is kept explains less than the best one: one of
/// the newest samples may be wrong.
pub(super) const SLACK: u64 = 4;

/// A rule with the score of its fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scored<R> {
    pub(super) rule: R,
    /// Weight of the samples that the rule counts exactly.
    pub(super) score: u64,
    /// How unusual the rule is.
    pub(super) penalty: u64,
}

/// Returns weights of `len` samples in time order: newer ones count more, so that a changed
/// constant is followed.
pub(super) fn weights(len: usize) -> Vec<u64> {
    (0..len)
        .map(|at| match len - 1 - at {
            0..8 => 4,
            8..16 => 2,
            _ => 1,
        })
        .collect()
}

/// Values in time order, with weights.
#[derive(Debug, Default)]
pub(super) struct Values {
    all: Vec<(i64, u64)>,
}

impl Values {
    pub(super) fn add(&mut self, value: i64, weight: u64) {
        self.all.push((value, weight));
    }

    /// Returns the number of values.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// Returns the value on which the last three agree, else the one with the highest weight, among
    /// equals the newest.
    pub(super) fn settled(&self) -> Option<i64> {
        if let [.., one, two, three] = self.all.as_slice()
            && one.0 == two.0
            && two.0 == three.0
        {
            return Some(three.0);
        }
        let mut best: Option<(u64, i64)> = None;
        for (value, _) in &self.all {
            let weight = self.weight_of(*value);
            if best.is_none_or(|(most, _)| weight >= most) {
                best = Some((weight, *value));
            }
        }
        best.map(|(_, value)| value)
    }

    /// Returns [`settled`](Self::settled), but `usual` if that is as common.
    pub(super) fn settled_or(&self, usual: i64) -> Option<i64> {
        let settled = self.settled()?;
        Some(if self.weight_of(usual) >= self.weight_of(settled) {
            usual
        } else {
            settled
        })
    }

    fn weight_of(&self, value: i64) -> u64 {
        self.all
            .iter()
            .filter(|(other, _)| *other == value)
            .map(|(_, weight)| weight)
            .sum()
    }
}

/// Returns a number times a factor in thousandths, rounded.
pub(super) fn times(number: u64, thousandths: u64) -> u64 {
    let product = u128::from(number) * u128::from(thousandths);
    u64::try_from((product + 500) / 1_000).unwrap_or(u64::MAX)
}

/// Returns a ratio in thousandths, rounded.
pub(super) fn thousandths(of: u64, to: u64) -> u64 {
    let ratio = (u128::from(of) * 1_000 + u128::from(to / 2)) / u128::from(to.max(1));
    u64::try_from(ratio).unwrap_or(u64::MAX)
}
