//! A small HTTP server that gives scripted answers, or none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

/// One request, as received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A field of the query or, behind it, of the form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let fields = [query, &self.body].map(|text| form_urlencoded::parse(text.as_bytes()));
        let mut fields = fields.into_iter().flatten();
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// What to do with a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Http {
        status: u16,
        headers: Vec<(&'static str, &'static str)>,
        body: String,
    },
    /// The beginning of a good answer, and then the end of the connection.
    CutShort,
    HangUp,
    Stall,
}

pub(crate) struct RemoteSide {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl RemoteSide {
    /// Serves until the test's runtime ends.
    pub(crate) async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let received = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (answer, received) = (Arc::clone(&answer), Arc::clone(&received));
                tokio::spawn(async move {
                    let mut connection = BufReader::new(connection);
                    while let Some(request) = read(&mut connection).await {
                        received.lock().unwrap().push(request.clone());
                        if !write(connection.get_mut(), answer(&request)).await {
                            break;
                        }
                    }
                });
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// An address at which nothing listens.
pub(crate) async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// An address that accepts no connection, however long one waits for it.
pub(crate) struct DeafSide {
    pub url: String,
    _queue: Vec<TcpStream>,
    _listener: TcpListener,
}

impl DeafSide {
    /// Nobody accepts, and the queue of those who wait to be accepted is full.
    pub(crate) async fn start() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while let Ok(waiting) = timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
            queue.push(waiting.unwrap());
        }
        Self {
            url: format!("http://{address}"),
            _queue: queue,
            _listener: listener,
        }
    }
}

async fn read(connection: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    connection.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace().map(ToOwned::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        path,
        headers,
        body: String::new(),
    };
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    request.body = String::from_utf8(body).unwrap();
    Some(request)
}

/// Whether the connection stays open.
async fn write(connection: &mut TcpStream, answer: Answer) -> bool {
    match answer {
        Answer::Http { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            connection
                .write_all(format!("{head}\r\n{body}").as_bytes())
                .await
                .is_ok()
        }
        Answer::CutShort => {
            let beginning = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"MessageId\":";
            let _ = connection.write_all(beginning.as_bytes()).await;
            false
        }
        Answer::HangUp => false,
        Answer::Stall => {
            std::future::pending::<()>().await;
            false
        }
    }
}
