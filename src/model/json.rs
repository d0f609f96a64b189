//! JSON form of a model, for callers that pass it on.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Modality, Model};

impl Serialize for Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Modalities<'m> {
            input: &'m [Modality],
            output: &'m [Modality],
        }

        let traits = self.supports();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", self.id())?;
        map.serialize_entry("name", self.name())?;
        map.serialize_entry("matched", &self.matched())?;
        map.serialize_entry("certain", &self.matched().is_certain())?;
        map.serialize_entry("host", &self.host())?;
        map.serialize_entry("day", &self.day())?;
        map.serialize_entry("routed_from", &self.routed_from())?;
        map.serialize_entry("name_as_of", &self.name_as_of())?;
        map.serialize_entry("moves_to", &self.moves_to())?;
        map.serialize_entry("provider", self.provider())?;
        map.serialize_entry("kind", &self.kind())?;
        map.serialize_entry("aliases", &self.aliases().collect::<Vec<_>>())?;
        map.serialize_entry("context_window", &self.context_window())?;
        map.serialize_entry("max_input_tokens", &self.max_input_tokens())?;
        map.serialize_entry("max_output_tokens", &self.max_output_tokens())?;
        map.serialize_entry("limits_note", &self.limits_note())?;
        map.serialize_entry("limits", self.request_limits())?;
        map.serialize_entry("host_limits_seen", self.host_limits_seen())?;
        map.serialize_entry("encoding", &self.encoding_name())?;
        map.serialize_entry("encoding_note", &self.encoding_note())?;
        map.serialize_entry("billing", &self.billing())?;
        map.serialize_entry("counting_generation", &self.counting_generation())?;
        map.serialize_entry("open_weights", &self.open_weights())?;
        map.serialize_entry("supports", &traits)?;
        map.serialize_entry(
            "modalities",
            &Modalities {
                input: traits.inputs(),
                output: traits.outputs(),
            },
        )?;
        map.serialize_entry("abilities", self.abilities())?;
        map.serialize_entry("image_tokens", &self.image_tokens())?;
        map.serialize_entry("price_per_1m_usd", &self.price())?;
        map.serialize_entry("prices", &self.shown_periods())?;
        map.serialize_entry("price_regional", self.regional_factors())?;
        map.serialize_entry("release_date", &self.release_date())?;
        map.serialize_entry("shutdown_date", &self.shutdown_date())?;
        map.serialize_entry("successor", &self.successor())?;
        map.serialize_entry("routed_to", &self.routes().collect::<Vec<_>>())?;
        map.serialize_entry("status", &self.status())?;
        map.serialize_entry("azure_names", &self.azure_names().collect::<Vec<_>>())?;
        map.serialize_entry("sources", &self.sources().collect::<Vec<_>>())?;
        map.end()
    }
}
