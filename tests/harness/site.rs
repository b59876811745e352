//! A small web site on loopback: what it answers is up to the test, byte for byte.

use std::cell::Cell;
use std::rc::Rc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, spawn_local};

/// A site; it answers until it is dropped. It needs a `LocalSet`, as every test of [`super::both!`] has.
pub struct Site {
    /// Scheme, host and port.
    pub base: String,
    asked: Rc<Cell<usize>>,
    accepting: AbortHandle,
}

/// What a path is answered with: `base` of the site and the path give the whole answer, head included.
type Answers = dyn Fn(&str, &str) -> Vec<u8>;

impl Site {
    /// Starts a site.
    pub async fn start(answers: impl Fn(&str, &str) -> Vec<u8> + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let asked = Rc::new(Cell::new(0));
        let (own, count, answers): (String, Rc<Cell<usize>>, Rc<Answers>) =
            (base.clone(), asked.clone(), Rc::new(answers));
        let accepting = spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (own, count, answers) = (own.clone(), count.clone(), answers.clone());
                // Whoever has read enough goes away in the middle.
                spawn_local(async move { drop(serve(&own, &count, &*answers, stream).await) });
            }
        });
        Self { base, asked, accepting: accepting.abort_handle() }
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// How many requests have come.
    pub fn asked(&self) -> usize {
        self.asked.get()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(base: &str, count: &Cell<usize>, answers: &Answers, stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 2 {
        line.clear();
    }
    count.set(count.get() + 1);
    let path = first.split_ascii_whitespace().nth(1).unwrap_or_default();
    stream.write_all(&answers(base, path)).await?;
    stream.shutdown().await
}

/// An answer with a body.
pub fn page(kind: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An answer that leads elsewhere.
pub fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

/// An answer that says that there is nothing.
pub fn nothing() -> Vec<u8> {
    b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()
}
