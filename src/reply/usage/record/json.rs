//! A usage as JSON.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Call, Flag, ProviderCost, Usage};
use crate::reply::usage::class::Side;
use crate::reply::usage::money::dollars;

/// Calls with or without a fee, for serde: `{"web_search": 2}`.
struct Calls<'a>(&'a Usage, bool);

impl Calls<'_> {
    fn any(&self) -> bool {
        self.iter().next().is_some()
    }

    fn iter(&self) -> impl Iterator<Item = (Call, u64)> + '_ {
        Call::ALL
            .iter()
            .map(|&call| (call, self.0.calls(call)))
            .filter(|&(call, count)| count > 0 && call.is_billed() == self.1)
    }
}

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (call, count) in self.iter() {
            map.serialize_entry(call.as_str(), &count)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct TopLevel {
    input: u64,
    output: u64,
}

impl Usage {
    /// Writes the fields of the command's answer into a map that may have further fields.
    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("input", &self.classes.on(Side::Input))?;
        map.serialize_entry("output", &self.classes.on(Side::Output))?;
        map.serialize_entry("billed_input", &self.billed_input())?;
        map.serialize_entry("billed_output", &self.billed_output())?;
        map.serialize_entry("context_tokens", &self.context)?;
        if let Some(bound) = self.context_upper {
            map.serialize_entry("context_upper_bound", &bound)?;
        }
        for (name, billed) in [("calls", true), ("free_calls", false)] {
            let calls = Calls(self, billed);
            if calls.any() {
                map.serialize_entry(name, &calls)?;
            }
        }
        if let Some((input, output)) = self.top_level {
            map.serialize_entry("top_level", &TopLevel { input, output })?;
        }
        if !self.others.is_empty() {
            map.serialize_entry("other_models", &self.others)?;
        }
        for (name, tokens) in [
            ("image_tokens", self.notes.image),
            ("pdf_tokens", self.notes.document),
            ("video_tokens", self.notes.video),
            ("accepted_prediction", self.notes.accepted),
            ("rejected_prediction", self.notes.rejected),
        ] {
            if tokens > 0 {
                map.serialize_entry(name, &tokens)?;
            }
        }
        let ProviderCost {
            charged,
            upstream,
            own_key,
        } = self.cost;
        let upstream = upstream.filter(|&pico| pico > 0);
        let free = charged == Some(0) && upstream.is_some();
        if let Some(charged) = charged {
            if own_key {
                map.serialize_entry("gateway_cost_usd", &dollars(charged))?;
            } else if !free {
                map.serialize_entry("provider_cost_usd", &dollars(charged))?;
            }
        }
        if let (Some(upstream), true) = (upstream, own_key || free) {
            map.serialize_entry("upstream_cost_usd", &dollars(upstream))?;
        }
        if let Some(tier) = self.tier {
            map.serialize_entry("service_tier", tier.as_str())?;
        }
        if let Some(model) = &self.model {
            map.serialize_entry("model", model)?;
        }
        let flags: Vec<&str> = self.flags().map(Flag::as_str).collect();
        map.serialize_entry("flags", &flags)
    }
}

impl Serialize for Usage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}
