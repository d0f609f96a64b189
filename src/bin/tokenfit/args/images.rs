//! Sizes of images that are not part of the requests.

use tokenfit::Models;
use tokenfit::model::ImageSizes;

/// Sizes of images that are not part of the requests.
#[derive(Debug, clap::Args)]
pub(crate) struct Images {
    /// Size of images given by URL, in pixels: WxH for all of them, or URL=WxH for one (or a file
    /// id). Can be repeated
    #[arg(long, value_name = "[URL=]WxH", value_parser = parse_image_size)]
    pub(crate) image_size: Vec<ImageSizeArg>,
}

impl Images {
    /// Adds the sizes to the models.
    pub(crate) fn told(&self, models: Models) -> Models {
        let sizes = &self.image_size;
        match sizes.is_empty() {
            true => models,
            false => {
                models.image_sizes(sizes.iter().fold(
                    ImageSizes::new(),
                    |sizes, arg| match &arg.name {
                        Some(name) => sizes.named(name, arg.width, arg.height),
                        None => sizes.others(arg.width, arg.height),
                    },
                ))
            }
        }
    }
}

/// Size of one image, or of all that are not named.
#[derive(Debug, Clone)]
pub(crate) struct ImageSizeArg {
    name: Option<String>,
    width: u32,
    height: u32,
}

fn parse_image_size(text: &str) -> Result<ImageSizeArg, &'static str> {
    const FORM: &str = "write WIDTHxHEIGHT in pixels, or URL=WIDTHxHEIGHT";
    // A URL can contain `=`; a size cannot.
    let (name, size) = match text.rsplit_once('=') {
        Some((name, size)) => (Some(name.to_owned()), size),
        None => (None, text),
    };
    let side = |text: &str| text.parse().ok().filter(|side| *side > 0).ok_or(FORM);
    let (width, height) = size.split_once(['x', 'X']).ok_or(FORM)?;
    Ok(ImageSizeArg {
        name,
        width: side(width)?,
        height: side(height)?,
    })
}
