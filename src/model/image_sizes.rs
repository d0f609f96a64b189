//! Sizes of images that requests do not hold, as the caller knows them.

use std::collections::BTreeMap;
use std::fmt;

/// The sizes of images that requests name by URL or by the id of a file. Give it to
/// [`Models::image_sizes`]: a count, a check and a fit then price these images by their size,
/// instead of by a range.
///
/// [`Models::image_sizes`]: crate::Models::image_sizes
///
/// # Examples
///
/// ```
/// use tokenfit::model::ImageSizes;
/// use tokenfit::{Models, Request};
///
/// let sizes = ImageSizes::new().named("https://example.com/cat.png", 640, 480);
/// let models = Models::builtin().image_sizes(sizes);
/// let request = Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [
///     {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
/// ]}]}"#)?;
/// let count = models.for_request(&request)?.count(&request);
/// // Two tiles of 170 and a base of 85.
/// assert_eq!(count.images().tokens(), 425);
/// # Ok::<(), tokenfit::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ImageSizes {
    named: BTreeMap<String, (u32, u32)>,
    others: Option<(u32, u32)>,
}

impl ImageSizes {
    /// Creates an empty table: no size is known.
    ///
    /// ```
    /// use tokenfit::model::ImageSizes;
    ///
    /// let sizes = ImageSizes::new().named("file-7", 640, 480).others(1024, 1024);
    /// # let _ = tokenfit::Models::builtin().image_sizes(sizes);
    /// ```
    pub fn new() -> ImageSizes {
        ImageSizes::default()
    }

    /// Adds an image's width and height in pixels, by the URL or file id that requests have for it.
    /// A size of no pixels is ignored.
    ///
    /// ```
    /// use tokenfit::model::ImageSizes;
    ///
    /// let sizes = ImageSizes::new().named("https://example.com/a.png", 640, 480).named("file-7", 32, 32);
    /// # let models = tokenfit::Models::builtin().image_sizes(sizes);
    /// # let request = tokenfit::Request::parse(r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}]}"#)?;
    /// # assert_eq!(models.for_request(&request)?.count(&request).images().tokens(), 425);
    /// # Ok::<(), tokenfit::Error>(())
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<String>, width: u32, height: u32) -> ImageSizes {
        if width > 0 && height > 0 {
            self.named.insert(name.into(), (width, height));
        }
        self
    }

    /// Sets the width and height in pixels of all other images whose size a request does not show.
    /// A size of no pixels is ignored.
    ///
    /// ```
    /// use tokenfit::model::ImageSizes;
    ///
    /// let sizes = ImageSizes::new().others(1024, 768);
    /// # let _ = tokenfit::Models::builtin().image_sizes(sizes);
    /// ```
    #[must_use]
    pub fn others(mut self, width: u32, height: u32) -> ImageSizes {
        if width > 0 && height > 0 {
            self.others = Some((width, height));
        }
        self
    }

    /// The size of an image. Logarithmic in the number of named images.
    pub(crate) fn of(&self, name: Option<&str>) -> Option<(u64, u64)> {
        let named = name.and_then(|name| self.named.get(name).copied());
        let (width, height) = named.or(self.others)?;
        Some((u64::from(width), u64::from(height)))
    }
}

/// How many: a URL can hold a key.
impl fmt::Debug for ImageSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageSizes")
            .field("named", &self.named.len())
            .field("others", &self.others)
            .finish()
    }
}
