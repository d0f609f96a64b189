//! Bodies of `cases/form.jsonl` written out: the tests of the form and the unit tests of the faults
//! both include this file.

use serde_json::Value;

/// Expands the abbreviations of a case: `"@x*600"` is 600 times `x`; `{"@repeat": n, "of": …}` is n
/// entries, with `#` replaced by their number.
pub(crate) fn whole(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('@').and_then(|text| text.split_once('*')) {
            Some((text, times)) => text.repeat(times.parse().unwrap()).into(),
            None => value.clone(),
        },
        Value::Array(items) => items
            .iter()
            .flat_map(|item| match item.get("@repeat") {
                Some(times) => {
                    let of = item["of"].to_string();
                    (0..times.as_u64().unwrap())
                        .map(|nth| of.replace('#', &nth.to_string()))
                        .map(|text| whole(&serde_json::from_str(&text).unwrap()))
                        .collect()
                }
                None => vec![whole(item)],
            })
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), whole(value)))
            .collect(),
        other => other.clone(),
    }
}
