//! `[media]`: uploaded and copied files.

use super::address::PublicUrl;
use super::keys::section;

section! {
    /// Uploaded files.
    Media, "media", {
        /// The largest image file that may be uploaded, in bytes.
        max_image_bytes: usize = 16 * 1024 * 1024, 65_536..=1024 * 1024 * 1024;
        /// The most pixels (width times height) of an image that may be uploaded. Decoding needs four bytes for each.
        max_image_pixels: u64 = 33_177_600, 65_536..=1_000_000_000;
        /// An address of its own from which the files are served, so that they share no origin with the pages: what is below /media
        /// there has to lead to this server, or to the folder media in server.data_dir. Empty: served from server.public_url.
        public_url: Option<PublicUrl> = None;
    }
}
