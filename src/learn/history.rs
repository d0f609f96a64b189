//! The newest samples of one model at one host, by group.

use std::collections::{BTreeMap, BTreeSet};

use super::sample::{Group, Sample};

/// Newest samples of one model at one host, as sets, so that neither order nor repetition of
/// observations matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct History {
    groups: BTreeMap<Group, BTreeSet<Sample>>,
}

impl History {
    pub(super) fn add(&mut self, sample: Sample) {
        let group = sample.group();
        let samples = self.groups.entry(group).or_default();
        samples.insert(sample);
        if samples.len() > group.window() {
            samples.pop_first();
        }
    }

    /// Iterates over all samples, by group and time.
    pub(super) fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.groups.values().flatten()
    }

    pub(super) fn len(&self) -> usize {
        self.groups.values().map(BTreeSet::len).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.samples().map(Sample::bytes).sum()
    }
}
