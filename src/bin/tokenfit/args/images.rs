//! Sizes of images that are not in the requests.

use tokenfit::Models;
use tokenfit::model::ImageSizes;

/// Sizes of images that are not in the requests.
#[derive(Debug, clap::Args)]
pub(crate) struct Images {
    /// The pixels of images by URL: WxH for all of them, or URL=WxH for one (or the id of a file). Can be given more than once
    #[arg(long, value_name = "[URL=]WxH", value_parser = parse_image_size)]
    pub(crate) image_size: Vec<ImageSizeArg>,
}

impl Images {
    /// The models, with the sizes.
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

/// The size of one image, or of all that are not named.
#[derive(Debug, Clone)]
pub(crate) struct ImageSizeArg {
    name: Option<String>,
    width: u32,
    height: u32,
}

fn parse_image_size(text: &str) -> Result<ImageSizeArg, &'static str> {
    const FORM: &str = "write it as WIDTHxHEIGHT in pixels, or as URL=WIDTHxHEIGHT";
    // A URL can hold the sign; a size cannot.
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
