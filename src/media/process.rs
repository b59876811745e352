//! From what somebody uploaded to what is shown: decoded within limits, turned upright, and encoded anew.
//!
//! Nothing but pixels survives: no place, camera, owner, comment, colour profile or trailing bytes. Work is done off the event
//! loop, two pictures at a time, since a large one takes hundreds of megabytes while it is decoded.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::imageops;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};
use tokio::sync::Semaphore;

use super::animation;
use crate::error::{Error, Result};

/// The media types that can be uploaded.
pub const TYPES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];
/// The longest edge of a preview, in pixels.
pub const PREVIEW_EDGE: u32 = 640;
/// The longest edge of a picture, in pixels: what every decoder and encoder here can do.
pub const MAX_EDGE: u32 = 16_383;

/// The picture that a blurred stand-in is computed from has edges of at most this many pixels.
const BLUR_EDGE: u32 = 32;
const JPEG_QUALITY: u8 = 85;
const PREVIEW_QUALITY: u8 = 80;
/// How long an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(60);

static TURNS: Semaphore = Semaphore::const_new(2);

/// How large an uploaded picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Width times height.
    pub pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, pixels: 33_177_600 }
    }
}

impl Limits {
    fn check(self, (width, height): (u32, u32)) -> Result<()> {
        if width == 0 || height == 0 {
            return Err(Error::invalid("file", "is an empty picture"));
        }
        if width > MAX_EDGE || height > MAX_EDGE || u64::from(width) * u64::from(height) > self.pixels {
            return Err(self.too_large());
        }
        Ok(())
    }

    fn too_large(self) -> Error {
        Error::invalid("file", format!("has too many pixels: at most {} in all, {MAX_EDGE} to an edge", self.pixels))
    }

    fn of_decoder(self) -> image::Limits {
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(MAX_EDGE);
        limits.max_image_height = Some(MAX_EDGE);
        // The most that one pixel takes decoded, and as much again for what a decoder keeps beside it.
        limits.max_alloc = Some(self.pixels.saturating_mul(16).saturating_add(16 * 1024 * 1024));
        limits
    }
}

/// A picture that is safe to show.
#[derive(Debug, Clone)]
pub struct Processed {
    /// The picture, encoded anew.
    pub file: Vec<u8>,
    /// How the name of its file ends, without the dot.
    pub extension: &'static str,
    /// Its media type; not always that of the upload.
    pub content_type: &'static str,
    /// A still of at most [`PREVIEW_EDGE`] to an edge.
    pub preview: Vec<u8>,
    /// How the name of the preview's file ends.
    pub preview_extension: &'static str,
    /// The preview's media type.
    pub preview_type: &'static str,
    /// Pixels, upright.
    pub width: i32,
    /// Pixels, upright.
    pub height: i32,
    /// Pixels of the preview.
    pub preview_width: i32,
    /// Pixels of the preview.
    pub preview_height: i32,
    /// Blurred stand-in (blurha.sh).
    pub blurhash: Option<String>,
}

/// Makes an uploaded JPEG, PNG, GIF or WebP safe to show. Errors are about the field `file`; [`Error::Busy`] when too many wait.
pub async fn process(bytes: Vec<u8>, limits: Limits) -> Result<Processed> {
    off_the_loop(move || whole(&bytes, limits)).await
}

/// Like [`process`] for avatars and headers: a still, cut to the shape `width` to `height` around its middle and never larger than that.
pub async fn cover(bytes: Vec<u8>, limits: Limits, width: u32, height: u32) -> Result<Processed> {
    off_the_loop(move || cut(&bytes, limits, width.clamp(1, MAX_EDGE), height.clamp(1, MAX_EDGE))).await
}

async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = match tokio::time::timeout(PATIENCE, TURNS.acquire()).await {
        Ok(Ok(turn)) => turn,
        Ok(Err(_)) | Err(_) => return Err(Error::Busy("too many pictures are being worked on".into())),
    };
    // The turn goes with the work: it ends when the work does, also when nobody waits for it any more.
    let job = tokio::task::spawn_blocking(move || {
        let outcome = work();
        drop(turn);
        outcome
    });
    match job.await {
        Ok(outcome) => outcome,
        // A decoder that gives up loudly has met a file that is no picture.
        Err(why) if why.is_panic() => Err(Error::invalid("file", "cannot be read as a picture")),
        Err(_) => Err(Error::Busy("the server is stopping".into())),
    }
}

fn whole(bytes: &[u8], limits: Limits) -> Result<Processed> {
    let format = format_of(bytes, limits)?;
    if let Some(moving) = moving(bytes, format, limits)? {
        return finish(&moving.first, Encoded { bytes: moving.file, extension: "gif", content_type: "image/gif" });
    }
    let image = without_needless_alpha(still(bytes, format, limits)?);
    let file = encode(&image, format, bytes.len())?;
    finish(&image, file)
}

fn cut(bytes: &[u8], limits: Limits, width: u32, height: u32) -> Result<Processed> {
    let format = format_of(bytes, limits)?;
    let image = without_needless_alpha(still(bytes, format, limits)?);
    // The largest part of that shape, then no larger than asked for.
    let (w, h) = (u64::from(image.width()), u64::from(image.height()));
    let (want_w, want_h) = (u64::from(width), u64::from(height));
    let part_w = w.min(h * want_w / want_h).max(1);
    let part_h = h.min(w * want_h / want_w).max(1);
    let edge = |of: u64| u32::try_from(of).unwrap_or(1);
    let part = image.crop_imm(edge((w - part_w) / 2), edge((h - part_h) / 2), edge(part_w), edge(part_h));
    let image = if part_w > want_w || part_h > want_h {
        part.resize_exact(width, height, imageops::FilterType::Triangle)
    } else {
        part
    };
    let file = encode(&image, format, bytes.len())?;
    finish(&image, file)
}

fn format_of(bytes: &[u8], limits: Limits) -> Result<ImageFormat> {
    if bytes.is_empty() {
        return Err(Error::invalid("file", "is empty"));
    }
    if bytes.len() > limits.bytes {
        return Err(Error::invalid("file", format!("is larger than {} bytes", limits.bytes)));
    }
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP)) => Ok(format),
        _ => Err(Error::invalid("file", "is neither JPEG, PNG, GIF nor WebP")),
    }
}

/// The animation of a GIF or WebP, if it is one.
fn moving(bytes: &[u8], format: ImageFormat, limits: Limits) -> Result<Option<animation::Moving>> {
    let unreadable = |error| unreadable(error, limits);
    let moving = match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(unreadable)?;
            limits.check(decoder.dimensions())?;
            decoder.set_limits(limits.of_decoder()).map_err(unreadable)?;
            let turns = decoder.loop_count();
            animation::encode(decoder.into_frames(), turns, limits).map_err(|e| e.or_unreadable(limits))?
        }
        ImageFormat::WebP => {
            let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(unreadable)?;
            limits.check(decoder.dimensions())?;
            if !decoder.has_animation() {
                return Ok(None);
            }
            decoder.set_limits(limits.of_decoder()).map_err(unreadable)?;
            let turns = decoder.loop_count();
            animation::encode(decoder.into_frames(), turns, limits).map_err(|e| e.or_unreadable(limits))?
        }
        _ => return Ok(None),
    };
    Ok((moving.frames > 1).then_some(moving))
}

/// The picture, or the first one of an animation, upright and with 8 bits to a channel.
fn still(bytes: &[u8], format: ImageFormat, limits: Limits) -> Result<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.of_decoder());
    let mut decoder = reader.into_decoder().map_err(|e| unreadable(e, limits))?;
    limits.check(decoder.dimensions())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| unreadable(e, limits))?;
    image.apply_orientation(orientation);
    Ok(match (image.color().has_color(), image.color().has_alpha()) {
        (true, true) => DynamicImage::ImageRgba8(image.into_rgba8()),
        (true, false) => DynamicImage::ImageRgb8(image.into_rgb8()),
        (false, true) => DynamicImage::ImageLumaA8(image.into_luma_alpha8()),
        (false, false) => DynamicImage::ImageLuma8(image.into_luma8()),
    })
}

pub(super) fn unreadable(error: ImageError, limits: Limits) -> Error {
    match error {
        ImageError::Limits(_) => limits.too_large(),
        ImageError::Unsupported(_) => Error::invalid("file", "is a kind of picture that cannot be read"),
        _ => Error::invalid("file", "is damaged and cannot be read"),
    }
}

/// Drops a transparency that is nowhere used: most files are smaller without.
pub(super) fn without_needless_alpha(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(pixels) if pixels.pixels().all(|p| matches!(p.0, [.., 255])) => {
            DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8())
        }
        DynamicImage::ImageLumaA8(pixels) if pixels.pixels().all(|p| matches!(p.0, [.., 255])) => {
            DynamicImage::ImageLuma8(DynamicImage::ImageLumaA8(pixels).into_luma8())
        }
        other => other,
    }
}

struct Encoded {
    bytes: Vec<u8>,
    extension: &'static str,
    content_type: &'static str,
}

fn encode(image: &DynamicImage, from: ImageFormat, original_bytes: usize) -> Result<Encoded> {
    match from {
        ImageFormat::Jpeg => jpeg(image, JPEG_QUALITY),
        ImageFormat::WebP => {
            let lossless = webp(image)?;
            // Photographs come as lossy WebP, which cannot be written here; kept without loss they would be many times as large.
            if image.color().has_alpha() || lossless.bytes.len() <= original_bytes.saturating_mul(2) {
                Ok(lossless)
            } else {
                jpeg(image, JPEG_QUALITY)
            }
        }
        _ => png(image),
    }
}

fn jpeg(image: &DynamicImage, quality: u8) -> Result<Encoded> {
    let mut bytes = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).map_err(Error::internal)?;
    Ok(Encoded { bytes, extension: "jpg", content_type: "image/jpeg" })
}

fn png(image: &DynamicImage) -> Result<Encoded> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(Error::internal)?;
    Ok(Encoded { bytes, extension: "png", content_type: "image/png" })
}

fn webp(image: &DynamicImage) -> Result<Encoded> {
    let mut bytes = Vec::new();
    image.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)).map_err(Error::internal)?;
    Ok(Encoded { bytes, extension: "webp", content_type: "image/webp" })
}

fn finish(image: &DynamicImage, file: Encoded) -> Result<Processed> {
    let small = within(image, PREVIEW_EDGE);
    let preview = if small.color().has_alpha() { png(&small)? } else { jpeg(&small, PREVIEW_QUALITY)? };
    let tiny = within(&small, BLUR_EDGE).into_rgba8();
    let (across, down) = if image.width() >= image.height() { (4, 3) } else { (3, 4) };
    let edge = |of: u32| i32::try_from(of).unwrap_or(i32::MAX);
    Ok(Processed {
        file: file.bytes,
        extension: file.extension,
        content_type: file.content_type,
        preview: preview.bytes,
        preview_extension: preview.extension,
        preview_type: preview.content_type,
        width: edge(image.width()),
        height: edge(image.height()),
        preview_width: edge(small.width()),
        preview_height: edge(small.height()),
        blurhash: blurhash::encode(across, down, tiny.width(), tiny.height(), tiny.as_raw()).ok(),
    })
}

/// The same picture, made smaller if an edge is longer than `edge`.
fn within(image: &DynamicImage, edge: u32) -> DynamicImage {
    if image.width() > edge || image.height() > edge { image.thumbnail(edge, edge) } else { image.clone() }
}

#[cfg(test)]
mod tests;
