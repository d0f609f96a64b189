//! Fields of the objects in a generateContent request, below its root.
//!
//! From both clouds' API references and the vendor's typed SDK 3.6.1 (2026-11); none of 640
//! recorded and accepted requests has another field.

/// Field, named in camelCase; the API accepts snake_case too.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) is: Shape,
    pub(crate) at: Clouds,
}

/// Clouds that have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clouds {
    Both,
    GeminiApi,
    Vertex,
}

/// Content of a field, as far as it is checked.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Not checked, or by a separate rule.
    Any,
    /// An object with these fields.
    Object(&'static [Named]),
    /// An object with any fields.
    Struct,
    /// A word of an enum.
    Word(&'static [&'static str]),
    /// A list of such words.
    Words(&'static [&'static str]),
}

const fn any(name: &'static str) -> Named {
    of(name, Shape::Any)
}

const fn of(name: &'static str, is: Shape) -> Named {
    Named {
        name,
        is,
        at: Clouds::Both,
    }
}

const fn only(at: Clouds, name: &'static str) -> Named {
    Named {
        name,
        is: Shape::Any,
        at,
    }
}

/// Returns whether a key is a field, in either spelling.
pub(crate) fn is_spelling(key: &str, camel: &str) -> bool {
    if key == camel {
        return true;
    }
    let mut key = key.bytes();
    for letter in camel.bytes() {
        let fits = match letter.is_ascii_uppercase() {
            true => key.next() == Some(b'_') && key.next() == Some(letter.to_ascii_lowercase()),
            false => key.next() == Some(letter),
        };
        if !fits {
            return false;
        }
    }
    key.next().is_none()
}

/// Finds the field of a key, in either spelling.
pub(crate) fn find(fields: &'static [Named], key: &str) -> Option<&'static Named> {
    fields.iter().find(|field| is_spelling(key, field.name))
}

pub(crate) const CONTENT: &[Named] = &[any("role"), any("parts")];

pub(crate) const PART: &[Named] = &[
    any("text"),
    any("thought"),
    any("thoughtSignature"),
    of("functionCall", Shape::Object(CALL)),
    of("functionResponse", Shape::Object(RESPONSE)),
    of("inlineData", Shape::Object(BLOB)),
    of("fileData", Shape::Object(FILE)),
    any("executableCode"),
    any("codeExecutionResult"),
    any("toolCall"),
    any("toolResponse"),
    any("videoMetadata"),
    any("mediaResolution"),
    only(Clouds::GeminiApi, "partMetadata"),
    any("audioTranscription"),
    any("mediaProcessing"),
    any("speechMetadata"),
    any("documentMetadata"),
    any("spreadsheetMetadata"),
    any("audioMetadata"),
];

/// Fields of which a part has exactly one.
pub(crate) const DATA: &[&str] = &[
    "text",
    "functionCall",
    "functionResponse",
    "inlineData",
    "fileData",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

const CALL: &[Named] = &[
    any("id"),
    any("name"),
    of("args", Shape::Struct),
    any("partialArgs"),
    any("willContinue"),
];
const RESPONSE: &[Named] = &[
    any("id"),
    any("name"),
    of("response", Shape::Struct),
    any("parts"),
    any("willContinue"),
    any("scheduling"),
];
const BLOB: &[Named] = &[any("mimeType"), any("data"), any("displayName")];
const FILE: &[Named] = &[any("mimeType"), any("fileUri"), any("displayName")];

pub(crate) const CONFIG: &[Named] = &[
    any("temperature"),
    any("topP"),
    any("topK"),
    any("candidateCount"),
    any("maxOutputTokens"),
    any("stopSequences"),
    any("seed"),
    any("presencePenalty"),
    any("frequencyPenalty"),
    any("responseLogprobs"),
    any("logprobs"),
    any("responseMimeType"),
    any("responseSchema"),
    any("responseJsonSchema"),
    // A misspelling documented by the API itself.
    any("_responseJsonSchema"),
    of("responseModalities", Shape::Words(MODALITIES)),
    any("responseFormat"),
    any("enableEnhancedCivicAnswers"),
    any("enableAffectiveDialog"),
    any("speechConfig"),
    any("audioTranscriptionConfig"),
    of("thinkingConfig", Shape::Object(THINKING)),
    of("mediaResolution", Shape::Word(RESOLUTIONS)),
    any("imageConfig"),
    any("translationConfig"),
    any("modelSelectionConfig"),
    any("modelConfig"),
    only(Clouds::Vertex, "audioTimestamp"),
    only(Clouds::Vertex, "routingConfig"),
];

const MODALITIES: &[&str] = &["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"];
const RESOLUTIONS: &[&str] = &[
    "MEDIA_RESOLUTION_UNSPECIFIED",
    "MEDIA_RESOLUTION_LOW",
    "MEDIA_RESOLUTION_MEDIUM",
    "MEDIA_RESOLUTION_HIGH",
    "MEDIA_RESOLUTION_ULTRA_HIGH",
];

const THINKING: &[Named] = &[
    any("includeThoughts"),
    any("thinkingBudget"),
    any("thinkingLevel"),
];

pub(crate) const FUNCTION: &[Named] = &[
    any("name"),
    any("description"),
    any("parameters"),
    any("parametersJsonSchema"),
    any("response"),
    any("responseJsonSchema"),
    any("behavior"),
];

/// Tools: each is a field of an entry of `tools`.
pub(crate) const TOOL: &[Named] = &[
    any("functionDeclarations"),
    any("googleSearch"),
    any("googleSearchRetrieval"),
    any("urlContext"),
    any("googleMaps"),
    any("codeExecution"),
    any("computerUse"),
    only(Clouds::Vertex, "enterpriseWebSearch"),
    only(Clouds::Vertex, "parallelAiSearch"),
    only(Clouds::Vertex, "exaAiSearch"),
    only(Clouds::Vertex, "retrieval"),
    only(Clouds::GeminiApi, "fileSearch"),
    only(Clouds::GeminiApi, "mcpServers"),
];

/// Search tools: not every model supports functions together with them.
pub(crate) const SEARCHES: &[&str] = &[
    "googleSearch",
    "googleSearchRetrieval",
    "urlContext",
    "googleMaps",
    "enterpriseWebSearch",
];

pub(crate) const TOOL_CONFIG: &[Named] = &[
    of("functionCallingConfig", Shape::Object(CALLING)),
    any("retrievalConfig"),
    any("includeServerSideToolInvocations"),
];

const CALLING: &[Named] = &[
    of("mode", Shape::Word(MODES)),
    any("allowedFunctionNames"),
    any("streamFunctionCallArguments"),
];
const MODES: &[&str] = &["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"];

pub(crate) const SAFETY: &[Named] = &[
    of("category", Shape::Word(CATEGORIES)),
    of("threshold", Shape::Word(THRESHOLDS)),
    any("method"),
];

const CATEGORIES: &[&str] = &[
    "HARM_CATEGORY_UNSPECIFIED",
    "HARM_CATEGORY_DEROGATORY",
    "HARM_CATEGORY_TOXICITY",
    "HARM_CATEGORY_VIOLENCE",
    "HARM_CATEGORY_SEXUAL",
    "HARM_CATEGORY_MEDICAL",
    "HARM_CATEGORY_DANGEROUS",
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
    "HARM_CATEGORY_IMAGE_HATE",
    "HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT",
    "HARM_CATEGORY_IMAGE_HARASSMENT",
    "HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_JAILBREAK",
];
const THRESHOLDS: &[&str] = &[
    "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
    "BLOCK_LOW_AND_ABOVE",
    "BLOCK_MEDIUM_AND_ABOVE",
    "BLOCK_ONLY_HIGH",
    "BLOCK_NONE",
    "OFF",
];

/// Types of a schema.
pub(crate) const TYPES: &[&str] = &[
    "TYPE_UNSPECIFIED",
    "STRING",
    "NUMBER",
    "INTEGER",
    "BOOLEAN",
    "ARRAY",
    "OBJECT",
    "NULL",
];

/// Keywords of a schema.
pub(crate) const KEYWORDS: &[&str] = &[
    "type",
    "description",
    "properties",
    "required",
    "items",
    "enum",
    "format",
    "title",
    "nullable",
    "default",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "propertyOrdering",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
];

/// Keywords that one cloud was seen to refuse and the other to accept.
pub(crate) const UNSURE_KEYWORDS: &[&str] =
    &["additionalProperties", "oneOf", "allOf", "ref", "defs"];

/// Types of inline data other than those of audio, video and text.
pub(crate) const MIMES: &[&str] = &[
    "application/pdf",
    "application/json",
    "application/rtf",
    "application/x-javascript",
    "application/x-typescript",
    "application/x-python-code",
    "application/x-ipynb+json",
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/webp",
    "image/heic",
    "image/heif",
    "image/gif",
];

#[cfg(test)]
mod tests {
    use super::is_spelling;

    #[test]
    fn fields_have_two_spellings() {
        for (key, camel, same) in [
            ("topP", "topP", true),
            ("top_p", "topP", true),
            ("topp", "topP", false),
            ("top_P", "topP", false),
            ("top_p_", "topP", false),
            ("top_", "topP", false),
        ] {
            assert_eq!(is_spelling(key, camel), same, "{key}");
        }
    }
}
