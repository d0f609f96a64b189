//! Columns for limits other than the window: media, request size, cache minimum.

use super::{Column, Json, Refused, refused};

columns! {
    /// Limits on the images of a request.
    pub struct ImageLimits {
        /// Maximum number of images in a request.
        most: u32,
        /// Longest side, in pixels.
        longest_side: u32,
        /// Longest side in a request of more than 20 images, in pixels.
        longest_side_over_20_images: u32,
        /// Maximum size of a base64 image, in bytes.
        most_bytes_base64: u32,
    }
}

columns! {
    /// Limits of an embedding model.
    pub struct EmbeddingLimits {
        /// Maximum number of dimensions.
        most_dimensions: u32,
        /// Whether the model accepts the parameter `dimensions`.
        dimensions_param: bool,
        /// Maximum number of inputs in a request.
        inputs: u32,
        /// Maximum number of tokens of all inputs of a request together.
        tokens_in_all: u32,
    }
}

columns! {
    /// Limits other than the window. `None` means not known or not published.
    ///
    /// # Examples
    ///
    /// ```
    /// let model = tokenfit::Models::builtin().get("claude-opus-5-5")?;
    /// let limits = model.request_limits();
    /// assert_eq!(limits.images.and_then(|images| images.longest_side), Some(8_000));
    /// assert_eq!(limits.prompt_cache_min_tokens, Some(512));
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    pub struct RequestLimits {
        /// Whether input and output share the window; if false, the output is counted separately.
        shared_limit: bool,
        /// Output limit in tokens of a request that sets none, if smaller than the model's own.
        default_max_output_tokens: u32,
        /// Minimum prefix that the prompt cache stores, in tokens.
        prompt_cache_min_tokens: u32,
        /// Limits on images.
        images: ImageLimits,
        /// Maximum number of PDF pages in a request.
        pdf_pages: u32,
        /// Maximum size of a request, in bytes.
        request_bytes: u32,
        /// Limits of an embedding model.
        embedding: EmbeddingLimits,
    }
}
