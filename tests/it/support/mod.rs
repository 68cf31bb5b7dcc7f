//! A whole server with a database of its own, and browsers that talk to it.

pub mod folder;
pub mod nats;
pub mod postgres;
pub mod rooms;
pub mod socket;

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::{SinkExt, StreamExt};
use plenary::app::{App, Stopper};
use plenary::config::Config;
use plenary::db::private::Calm;
use plenary::kernel::actions::accounts::{NewAccount, create};
use plenary::kernel::domain::kinds::{Lang, PlatformRole};
use plenary::state::State;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use postgres::Database;

/// Long enough and unknown to the lists.
pub const PASSWORD: &str = "four amber kettles sing";

/// What features add to the check of the record.
pub fn record() -> Vec<&'static dyn plenary::kernel::log::texts::RecordHook> {
    plenary::kernel::hooks::record(&plenary::features::FEATURES)
}

/// A running server.
pub struct Server {
    pub origin: String,
    pub state: Arc<State>,
    stopper: Stopper,
    database: Arc<Database>,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Server {
    /// Starts a server with other settings than `Config::for_test`.
    pub async fn start(change: impl FnOnce(&mut Config)) -> Self {
        Self::on(Arc::new(Database::new().await), change).await
    }

    /// Another server on the same database.
    pub async fn another(&self, change: impl FnOnce(&mut Config)) -> Self {
        Self::on(self.database.clone(), change).await
    }

    /// Starts a server on a database.
    pub async fn on(database: Arc<Database>, change: impl FnOnce(&mut Config)) -> Self {
        Self::on_calm(database, Arc::default(), change).await
    }

    /// As [`Server::on`], on a PostgreSQL that is started again when it is `calm`.
    pub async fn on_calm(database: Arc<Database>, calm: Arc<Calm>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::for_test(database.url().to_owned());
        change(&mut config);
        let (send, receive) = tokio::sync::oneshot::channel();
        let url = database.url().to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.unwrap().block_on(async move {
                let app = App::build_on(config, &url, calm).await.unwrap();
                let _ = send.send((app.address, app.state.clone(), app.stopper()));
                app.run().await.unwrap();
            });
        });
        let (address, state, stopper) = receive.await.unwrap();
        Self { origin: format!("http://{address}"), state, stopper, database }
    }

    pub async fn stop(self) {
        // What is still open does not matter to a test, so nobody waits for it.
        let stopped = timeout(Duration::from_secs(5), self.stopper.stop()).await;
        self.state.db.close();
        stopped.expect("the server stops in time");
    }

    pub async fn connection(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(self.database.url()).await.unwrap()
    }

    /// Where the server's database is.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// Where PostgreSQL's superuser connects to the server's database.
    pub fn superuser_url(&self) -> String {
        self.database.superuser_url()
    }

    /// Changes the database behind the server's back.
    pub async fn sql(&self, sql: &str) {
        self.connection().await.batch_execute(sql).await.unwrap();
        self.state.access.members_changed();
    }

    /// How many rows the rest of a `SELECT count(*) FROM` counts.
    pub async fn count(&self, from: &str) -> i64 {
        let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {from}"));
        query.get_result::<Count>(&mut self.connection().await).await.unwrap().count
    }

    /// Somebody with a browser of their own.
    pub fn browser(&self) -> Browser {
        let http = Client::builder().cookie_store(true).build().unwrap();
        Browser { http, origin: self.origin.clone() }
    }

    /// A confirmed member of the Tin Federation, signed in, and what `GET /me` says.
    pub async fn member(&self, name: &str, role: &str, constituency: &str) -> (Browser, Value) {
        let new = NewAccount {
            email: format!("{name}@example.org"),
            password: PASSWORD.into(),
            display_name: name.into(),
            constituency: Some(constituency.into()),
            organisation: Some("Tin Federation".into()),
            locale: Lang::En,
            invitation: None,
        };
        create(&self.state.accounts, new, PlatformRole::parse(role).unwrap()).await.unwrap();
        let browser = self.browser();
        let me = browser.sign_in(&format!("{name}@example.org"), PASSWORD).await;
        assert_eq!(me.status, 200, "{me:?}");
        (browser, me.body)
    }
}

/// A client that keeps cookies and comes from our own pages.
#[derive(Clone)]
pub struct Browser {
    pub http: Client,
    pub origin: String,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The status, and the error's code.
    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"]["code"].as_str().unwrap_or(""))
    }

    /// The code of an invalid field.
    pub fn field(&self, name: &str) -> &str {
        self.body["error"]["fields"][name].as_str().unwrap_or("")
    }
}

impl Browser {
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http
            .request(method, format!("{}/api/v1{path}", self.origin))
            .header("sec-fetch-site", "same-origin")
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }

    /// Sends JSON; nothing when it is null.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = self.request(method, path);
        self.send(if body.is_null() { request } else { request.json(&body) }).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.call("POST", "/sign-in", json!({ "email": email, "password": password })).await
    }

    /// Registers `<name>@example.org`; `more` changes or adds fields.
    pub async fn register(&self, name: &str, more: Value) -> Answer {
        let mut body = json!({
            "email": format!("{name}@example.org"), "password": PASSWORD, "display_name": name,
            "constituency": "workers", "organisation": "Tin Federation", "locale": "en",
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.call("POST", "/register", body).await
    }
}

/// A live connection.
pub struct Live(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Live {
    /// Signs in anew and connects; the sign-in is another one than a browser's.
    pub async fn connect(server: &Server, email: &str) -> Self {
        let answer = server.browser().sign_in(email, PASSWORD).await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let url = format!("{}/api/v1/live", server.origin.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        request.headers_mut().insert("origin", server.origin.parse().unwrap());
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let hello = timeout(Duration::from_secs(5), socket.next()).await.unwrap().unwrap().unwrap();
        assert!(hello.to_text().unwrap().contains("hello"), "{hello:?}");
        Self(socket)
    }

    /// The code with which the server closes within two seconds.
    pub async fn close_code(mut self) -> Option<u16> {
        let closed = async {
            while let Some(Ok(message)) = self.0.next().await {
                if let Message::Close(frame) = message {
                    let _ = self.0.close(None).await;
                    return frame.map(|frame| frame.code.into());
                }
                let _ = self.0.flush().await;
            }
            None
        };
        timeout(Duration::from_secs(2), closed).await.ok().flatten()
    }
}
