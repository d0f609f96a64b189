//! Limits beside the window: media, request size, cache minimum.

use super::{Column, Json, Refused, refused};

columns! {
    /// Limits on the images of a request.
    pub struct ImageLimits {
        /// The maximum number of images in a request.
        most: u32,
        /// The longest side, in pixels.
        longest_side: u32,
        /// The longest side in a request of more than 20 images, in pixels.
        longest_side_over_20_images: u32,
        /// The maximum size of an image in base64, in bytes.
        most_bytes_base64: u32,
    }
}

columns! {
    /// Limits of an embedding model.
    pub struct EmbeddingLimits {
        /// The maximum number of dimensions.
        most_dimensions: u32,
        /// It takes the parameter `dimensions`.
        dimensions_param: bool,
        /// The maximum number of inputs in a request.
        inputs: u32,
        /// The maximum number of tokens of all inputs of a request.
        tokens_in_all: u32,
    }
}

columns! {
    /// Limits beside the window. `None` is "not known or not published".
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
        /// The window holds input and output together; where false, the output is counted apart.
        shared_limit: bool,
        /// The output limit of a request that asks for none, where it is less than the model's own, in tokens.
        default_max_output_tokens: u32,
        /// The shortest prefix that the prompt cache keeps, in tokens.
        prompt_cache_min_tokens: u32,
        /// Limits on images.
        images: ImageLimits,
        /// The maximum number of PDF pages in a request.
        pdf_pages: u32,
        /// The maximum size of a request, in bytes.
        request_bytes: u32,
        /// Limits of an embedding model.
        embedding: EmbeddingLimits,
    }
}
