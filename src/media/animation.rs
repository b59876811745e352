//! Moving pictures, encoded anew as GIF frame by frame within a budget.

use std::io::{self, Write};

use image::codecs::gif::{GifEncoder, Repeat};
use image::metadata::LoopCount;
use image::{DynamicImage, Frames, ImageError};

use super::process::{Limits, unreadable, without_needless_alpha};
use crate::error::Error;

/// The most frames of an animation.
const MAX_FRAMES: u64 = 200;
/// The pixels of all frames may be this many times those of one still.
const PIXELS: u64 = 2;
/// The file may be this many times as large as an upload.
const BYTES: usize = 2;
/// How much care goes into the colours, 1 (most) to 30.
const HASTE: i32 = 10;

/// An animation, encoded anew.
pub(super) struct Moving {
    /// The GIF.
    pub file: Vec<u8>,
    /// Its first picture.
    pub first: DynamicImage,
    /// How many pictures it has.
    pub frames: u64,
}

/// Why an animation was not encoded.
pub(super) enum Failure {
    /// A sentence about the file.
    TooMuch(&'static str),
    /// A frame could not be read or written.
    Image(ImageError),
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::IoError(why) if why.kind() == io::ErrorKind::FileTooLarge => {
                Self::TooMuch("is an animation that is too large")
            }
            other => Self::Image(other),
        }
    }
}

impl Failure {
    /// The error to tell the uploader.
    pub fn or_unreadable(self, limits: Limits) -> Error {
        match self {
            Self::TooMuch(why) => Error::invalid("file", why),
            Self::Image(error) => unreadable(error, limits),
        }
    }
}

/// Encodes all frames; stops at the first that is damaged or too many.
pub(super) fn encode(frames: Frames<'_>, turns: LoopCount, limits: Limits) -> Result<Moving, Failure> {
    let mut file = Bounded { bytes: Vec::new(), room: limits.bytes.saturating_mul(BYTES) };
    let mut first = None;
    let mut count = 0;
    let mut pixels: u64 = 0;
    {
        let mut encoder = GifEncoder::new_with_speed(&mut file, HASTE);
        encoder.set_repeat(match turns {
            LoopCount::Infinite => Repeat::Infinite,
            LoopCount::Finite(turns) => u16::try_from(turns.get()).map_or(Repeat::Infinite, Repeat::Finite),
        })?;
        for frame in frames {
            let frame = frame?;
            count += 1;
            pixels = pixels.saturating_add(u64::from(frame.buffer().width()) * u64::from(frame.buffer().height()));
            if count > MAX_FRAMES {
                return Err(Failure::TooMuch("is an animation of more than 200 frames"));
            }
            if pixels > limits.pixels.saturating_mul(PIXELS) {
                return Err(Failure::TooMuch("is an animation with too many pixels in all its frames"));
            }
            if first.is_none() {
                first = Some(without_needless_alpha(DynamicImage::ImageRgba8(frame.buffer().clone())));
            }
            encoder.encode_frame(frame)?;
        }
    }
    let first = first.ok_or(Failure::TooMuch("is an animation without frames"))?;
    Ok(Moving { file: file.bytes, first, frames: count })
}

/// Takes bytes until there is no more room.
struct Bounded {
    bytes: Vec<u8>,
    room: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > self.room {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
