//! Images, files and audio: data URLs, kinds, sizes, and which messages may contain which.
//!
//! Source: docs/evidence/validation.md, section 4, and docs/evidence/validation_other_providers.md,
//! section D.

use super::super::codes;
use super::super::fault::{Answer, By, FAULT, Fault};
use super::super::finding::{Phase, Repair};
use super::{ANTHROPIC, CHAT, OPENAI_ALONE, RESPONSES, SETTINGS, TYPO};
use crate::check::server::Dialect;

const BY_RULE: By = By::Rule;

faults! {
    // --- OpenAI: data URLs
    /// Slots: `got`.
    IMAGE_DATA = Fault {
        code: codes::INVALID_IMAGE,
        phase: Phase::Content,
        severity: OPENAI_ALONE,
        message: "the image URL must be an https URL or a base64 data URL of an image, but is {got}",
        remedy: "use `data:image/png;base64,…` with the type of the image",
        answers: &[
            Answer::new(
                CHAT,
                "invalid_value",
                "{param}",
                "Invalid image URL: '{param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {got}.",
            ),
            Answer::new(
                RESPONSES,
                "invalid_value",
                "{param}",
                "Invalid '{param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {got}.",
            ),
        ],
        repair: Repair::Media,
        ..FAULT
    };
    IMAGE_URL = Fault {
        message: "the image URL is neither http nor data",
        remedy: "use an https URL, or the image itself as `data:image/png;base64,…`",
        severity: TYPO,
        ..IMAGE_DATA
    };
    /// The data is of another or an unknown kind.
    IMAGE_BYTES_UNKNOWN = Fault {
        message: "the data is not a PNG, JPEG, GIF or WebP image",
        remedy: "send a PNG, JPEG, GIF or WebP image",
        answers: &[],
        ..IMAGE_DATA
    };
    /// Slots: `got`.
    FILE_DATA = Fault {
        code: codes::INVALID_VALUE,
        message: "`file_data` must be a base64 data URL of a PDF, but is {got}",
        remedy: "send a PDF as `data:application/pdf;base64,…`, or the text of the file as a text part",
        answers: &[Answer::new(
            CHAT,
            "invalid_value",
            "{param}",
            "Invalid file data: '{param}'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got {got}.",
        )],
        ..IMAGE_DATA
    };
    /// For Responses, which also accepts text and office documents. Slots: `got`.
    FILE_DATA_OF_RESPONSES = Fault {
        message: "`file_data` must be a base64 data URL of a document, but is {got}",
        remedy: "use `data:application/pdf;base64,…` with the type of the document",
        answers: &[],
        ..FILE_DATA
    };
    FILE_NOT_PDF = Fault {
        message: "the file is declared as a PDF, but its data is not one",
        remedy: "send a PDF, or declare the type of the file",
        answers: &[],
        ..FILE_DATA
    };

    // --- OpenAI: places and models
    /// Slots: `at`, `role`.
    IMAGE_ROLE = Fault {
        code: codes::INVALID_IMAGE,
        phase: Phase::Content,
        severity: OPENAI_ALONE,
        message: "a message of role {role} has an image",
        remedy: "move the image into a user message",
        answers: &[Answer::new(
            CHAT,
            "invalid_value",
            "messages[{at}]",
            "Invalid 'messages[{at}]'. Image URLs are only allowed for messages with role 'user', but this message with role '{role}' contains an image URL.",
        )],
        repair: Repair::Media,
        ..FAULT
    };
    /// A model that reads only text.
    NO_IMAGES = Fault {
        message: "the model does not read images",
        remedy: "remove the image, or use a model that reads images",
        answers: &[Answer::new(
            CHAT,
            "",
            "messages.[{at}].content.[{nth}].type",
            "Invalid content type. image_url is only supported by certain models.",
        )],
        ..IMAGE_ROLE
    };
    /// Slots: `at`.
    NO_AUDIO = Fault {
        code: codes::INVALID_VALUE,
        message: "the model does not support audio input",
        remedy: "send a transcript, or use a model that supports audio",
        answers: &[Answer::new(
            CHAT,
            "invalid_value",
            "messages[{at}]",
            "Invalid 'messages[{at}]'. Content blocks are expected to be either text or image_url type.",
        )],
        ..IMAGE_ROLE
    };
    AUDIO_NEEDED = Fault {
        code: codes::UNSUPPORTED_VALUE,
        phase: Phase::Value,
        message: "the model requires audio in the input or the output, but the request has none",
        remedy: "add audio, request it with `modalities`, or use another model",
        answers: &[Answer::new(
            CHAT,
            "invalid_value",
            "model",
            "This model requires that either input content or output modality contain audio.",
        )],
        repair: Repair::None,
        ..IMAGE_ROLE
    };
    /// Slots: `format`.
    AUDIO_FORMAT = Fault {
        code: codes::INVALID_VALUE,
        message: "`format` is {format}, but the data has another format",
        remedy: "set it to the format of the data",
        answers: &[Answer::new(
            CHAT,
            "invalid_value",
            "messages",
            "The data provided for 'input_audio' is not of valid {format} format.",
        )],
        ..IMAGE_ROLE
    };
    AUDIO_DATA = Fault {
        code: codes::INVALID_VALUE,
        severity: BY_RULE,
        message: "`data` must be base64 without a data URL around it",
        remedy: "remove what comes before the base64",
        answers: &[],
        repair: Repair::None,
        ..IMAGE_ROLE
    };

    // --- Anthropic
    DOCUMENT_TYPE = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "a document in base64 must be a PDF",
        remedy: "send a PDF, or the text of the document with a source of type text",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: Input should be 'application/pdf'")],
        repair: Repair::Media,
        ..FAULT
    };
    DOCUMENT_NOT_PDF = Fault {
        code: codes::INVALID_VALUE,
        severity: SETTINGS,
        message: "the document is declared as a PDF, but its data is not one",
        remedy: "send a PDF, or the text of the document with a source of type text",
        answers: &[Answer::anthropic(ANTHROPIC, "{dotted}: The PDF specified was not valid.")],
        repair: Repair::Media,
        ..FAULT
    };

    // --- documented limits of hosts; slots: `got`, `most`, and `form` of bytes
    HOST_IMAGES = Fault {
        code: codes::TOO_MANY_IMAGES,
        phase: Phase::Content,
        severity: BY_RULE,
        message: "the request has {got} images, the host documents a maximum of {most}",
        remedy: "remove images, or send several requests",
        ..FAULT
    };
    HOST_IMAGE_BYTES = Fault {
        code: codes::TOO_LARGE,
        message: "the image has {got} bytes{form}, the host documents a maximum of {most}",
        remedy: "compress or shrink the image",
        ..HOST_IMAGES
    };
    HOST_IMAGES_BYTES = Fault {
        code: codes::TOO_LARGE,
        message: "the images have {got} bytes{form} in all, the host documents a maximum of {most}",
        remedy: "compress or shrink images, or remove some",
        ..HOST_IMAGES
    };
    HOST_IMAGE_PIXELS = Fault {
        code: codes::INVALID_IMAGE,
        message: "the image has {got} pixels, the host documents a maximum of {most}",
        remedy: "shrink the image",
        ..HOST_IMAGES
    };
    /// Slots: `width`, `height`, `least`.
    HOST_IMAGE_SMALL = Fault {
        code: codes::INVALID_IMAGE,
        message: "the image is {width} × {height} pixels, each side must be over {least}",
        remedy: "send a larger image",
        answers: &[Answer::new(
            &[Dialect::Alibaba],
            "invalid_parameter_error",
            "",
            "<400> InternalError.Algo.InvalidParameter: The image length and width do not meet the model restrictions. [height:{height} or width:{width} must be larger than {least}]",
        )],
        repair: Repair::Media,
        ..HOST_IMAGES
    };
    /// Slots: `found`, `kinds`.
    HOST_IMAGE_KIND = Fault {
        code: codes::INVALID_IMAGE,
        message: "the image is {found}, the host documents support for {kinds}",
        remedy: "convert the image",
        ..HOST_IMAGES
    };
    /// For files in generateContent and Converse.
    MANY_PDF_PAGES = Fault {
        code: codes::TOO_LARGE,
        message: "the PDF documents have {got} pages, the documented maximum is {most}",
        remedy: "split the document, or remove pages",
        ..HOST_IMAGES
    };
    /// For videos in generateContent.
    MANY_VIDEOS = Fault {
        code: codes::TOO_MANY_ENTRIES,
        message: "the request has {got} videos, the documented maximum is {most}",
        remedy: "send fewer videos",
        ..HOST_IMAGES
    };
    /// Slots: `got` and `most` in seconds.
    LONG_AUDIO = Fault {
        code: codes::TOO_LARGE,
        message: "the audio is {got} seconds long, the documented maximum is {most}",
        remedy: "split the audio",
        ..HOST_IMAGES
    };
}
