//! MediaAttachment.

use serde::Serialize;

use crate::context::Urls;
use crate::domain::posts::Attachment;
use crate::ids::MediaId;

/// A file shown with a post.
#[derive(Debug, Clone, Serialize)]
pub struct MediaAttachment {
    id: MediaId,
    #[serde(rename = "type")]
    kind: String,
    url: String,
    preview_url: String,
    remote_url: Option<String>,
    preview_remote_url: Option<String>,
    text_url: Option<String>,
    meta: Meta,
    description: Option<String>,
    blurhash: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Meta {
    focus: Focus,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<Size>,
    #[serde(skip_serializing_if = "Option::is_none")]
    small: Option<Size>,
}

#[derive(Debug, Clone, Serialize)]
struct Focus {
    x: f64,
    y: f64,
}

#[derive(Debug, Clone, Serialize)]
struct Size {
    width: i32,
    height: i32,
    size: String,
    aspect: f64,
}

/// `None` unless both edges are known and longer than nothing.
fn size(width: Option<i32>, height: Option<i32>) -> Option<Size> {
    let (width, height) = (width.filter(|w| *w > 0)?, height.filter(|h| *h > 0)?);
    Some(Size { width, height, size: format!("{width}x{height}"), aspect: f64::from(width) / f64::from(height) })
}

impl MediaAttachment {
    /// Of a file here, or elsewhere: then its address is given as it is.
    pub fn render(file: &Attachment, urls: &Urls) -> Self {
        let address = |kept: &str| if file.is_remote { kept.to_owned() } else { urls.media(kept) };
        let url = address(&file.file);
        Self {
            id: file.id,
            kind: file.kind.clone(),
            preview_url: file.preview.as_deref().map_or_else(|| url.clone(), address),
            remote_url: file.is_remote.then(|| file.file.clone()),
            preview_remote_url: None,
            text_url: None,
            url,
            meta: Meta {
                focus: Focus { x: file.focus.0, y: file.focus.1 },
                original: size(file.width, file.height),
                small: size(file.preview_width, file.preview_height),
            },
            description: file.description.clone(),
            blurhash: file.blurhash.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::sample;

    fn file() -> Attachment {
        Attachment {
            id: MediaId(7),
            file: "ab/cd/x.png".into(),
            preview: Some("ab/cd/y.png".into()),
            description: None,
            width: Some(400),
            height: Some(200),
            focus: (0.5, -0.5),
            ..sample::picture()
        }
    }

    fn shown(file: &Attachment) -> serde_json::Value {
        serde_json::to_value(MediaAttachment::render(file, &sample::urls())).unwrap()
    }

    #[test]
    fn a_file_here_has_addresses_here() {
        let shown = shown(&file());
        assert_eq!(shown["id"], "7");
        assert_eq!(shown["type"], "image");
        assert_eq!(shown["url"], "https://brand.example/media/ab/cd/x.png");
        assert_eq!(shown["preview_url"], "https://brand.example/media/ab/cd/y.png");
        assert_eq!(shown["remote_url"], json!(null));
        assert_eq!(shown["description"], json!(null));
        assert_eq!(shown["meta"]["original"], json!({"width": 400, "height": 200, "size": "400x200", "aspect": 2.0}));
        assert_eq!(shown["meta"]["focus"], json!({"x": 0.5, "y": -0.5}));
        assert_eq!(shown["meta"].get("small"), None);
    }

    #[test]
    fn a_file_elsewhere_keeps_its_address() {
        let file = Attachment { is_remote: true, file: "https://a.example/x.png".into(), preview: None, ..file() };
        let shown = shown(&file);
        assert_eq!(
            (&shown["url"], &shown["preview_url"]),
            (&json!("https://a.example/x.png"), &json!("https://a.example/x.png"))
        );
        assert_eq!(shown["remote_url"], "https://a.example/x.png");
    }
}
