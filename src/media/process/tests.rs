use image::codecs::gif::GifEncoder;
use image::{Frame, ImageEncoder, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const SMALL: Limits = Limits { bytes: 1024 * 1024, pixels: 1_000_000 };

fn photograph(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90]))
}

fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A TIFF block that says only: the camera was held `orientation`.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    block.extend(b"GPS 52.52 13.40");
    block
}

fn gif(frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        for step in 0..frames {
            let shade = u8::try_from(step % 256).unwrap();
            encoder.encode_frame(Frame::new(RgbaImage::from_pixel(8, 6, Rgba([shade, 0, 0, 255])))).unwrap();
        }
    }
    bytes
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|part| part == needle)
}

async fn refusal(bytes: Vec<u8>, limits: Limits) -> String {
    match process(bytes, limits).await {
        Err(error @ Error::Invalid(_)) => error.to_string(),
        other => panic!("accepted or failed otherwise: {:?}", other.map(|p| p.content_type)),
    }
}

#[tokio::test]
async fn a_photograph_is_turned_upright_and_forgets_where_it_was_taken() {
    let image = photograph(900, 300);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif(6)).unwrap();
    image.write_with_encoder(encoder).unwrap();
    assert!(holds(&bytes, b"GPS"));

    let made = process(bytes, SMALL).await.unwrap();
    assert_eq!((made.content_type, made.extension), ("image/jpeg", "jpg"));
    assert_eq!((made.width, made.height), (300, 900));
    assert_eq!(made.preview_height, 640);
    assert!(!holds(&made.file, b"GPS") && !holds(&made.file, b"Exif"));
    assert!(!holds(&made.preview, b"GPS"));
    assert!(made.blurhash.is_some_and(|hash| hash.len() > 6));
    let again = image::load_from_memory(&made.file).unwrap();
    assert_eq!((again.width(), again.height()), (300, 900));
}

#[tokio::test]
async fn transparency_is_kept_where_there_is_some() {
    let clear = RgbaImage::from_pixel(20, 10, Rgba([10, 20, 30, 100]));
    let made = process(written(clear.clone(), ImageFormat::Png), SMALL).await.unwrap();
    assert_eq!((made.content_type, made.preview_type), ("image/png", "image/png"));
    assert_eq!(image::load_from_memory(&made.file).unwrap().into_rgba8(), clear);
    let made = process(written(clear.clone(), ImageFormat::WebP), SMALL).await.unwrap();
    assert_eq!(made.content_type, "image/webp");
    assert_eq!(image::load_from_memory(&made.file).unwrap().into_rgba8(), clear);

    let solid = RgbaImage::from_pixel(20, 10, Rgba([10, 20, 30, 255]));
    let made = process(written(solid, ImageFormat::Png), SMALL).await.unwrap();
    assert_eq!((made.content_type, made.preview_type), ("image/png", "image/jpeg"));
}

#[tokio::test]
async fn grey_and_deep_colours_become_plain_pictures() {
    let deep = image::ImageBuffer::<Luma<u16>, Vec<u16>>::from_pixel(9, 7, Luma([40_000]));
    let made = process(written(deep, ImageFormat::Png), SMALL).await.unwrap();
    assert_eq!((made.width, made.height, made.content_type), (9, 7, "image/png"));
    assert_eq!(image::load_from_memory(&made.file).unwrap().color(), image::ColorType::L8);
}

#[tokio::test]
async fn animations_stay_animations_within_bounds() {
    let made = process(gif(5), SMALL).await.unwrap();
    assert_eq!((made.content_type, made.preview_type), ("image/gif", "image/jpeg"));
    let decoder = GifDecoder::new(Cursor::new(&made.file)).unwrap();
    assert_eq!(decoder.into_frames().count(), 5);

    assert_eq!(process(gif(1), SMALL).await.unwrap().content_type, "image/png");
    assert!(refusal(gif(201), SMALL).await.contains("more than 200 frames"));
    assert!(refusal(gif(30), Limits { bytes: 1024 * 1024, pixels: 300 }).await.contains("too many pixels"));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_decoded() {
    let png = written(photograph(300, 300), ImageFormat::Png);
    assert!(refusal(png.clone(), Limits { bytes: 100, pixels: 1_000_000 }).await.contains("larger than 100 bytes"));
    assert!(refusal(png, Limits { bytes: 1024 * 1024, pixels: 89_999 }).await.contains("too many pixels"));
    // A header that promises 60000 x 60000 pixels, and nothing after it.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0".to_vec();
    bomb.extend([0; 4]);
    assert!(matches!(process(bomb, Limits::default()).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    for bytes in [
        &b""[..],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x10\0\0\0WEBPVP8 ",
    ] {
        let told = refusal(bytes.to_vec(), SMALL).await;
        assert!(told.contains("file "), "{told}");
    }
    let mut half = written(photograph(64, 64), ImageFormat::Png);
    half.truncate(half.len() / 2);
    refusal(half, SMALL).await;
}

#[tokio::test]
async fn an_avatar_is_cut_around_its_middle() {
    let made = cover(written(photograph(900, 450), ImageFormat::Png), SMALL, 400, 400).await.unwrap();
    assert_eq!((made.width, made.height), (400, 400));
    let made = cover(written(photograph(100, 50), ImageFormat::Png), SMALL, 400, 400).await.unwrap();
    assert_eq!((made.width, made.height), (50, 50));
}
