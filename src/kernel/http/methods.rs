//! Methods: HEAD is answered as GET without a body, and a method that a path does not have is named.

use actix_web::body::MessageBody;
use actix_web::dev::{ResourceDef, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde_json::Value;

use crate::error::{Code, Error};

/// Served beside the documented calls, all of them by GET.
const UNDOCUMENTED: [&str; 5] =
    ["/api/v1/openapi.json", "/api/v1/docs", "/health/live", "/health/ready", "/metrics"];

/// Path → methods, of all that is served but the UI.
pub struct Methods(Vec<(ResourceDef, Vec<String>)>);

impl Methods {
    /// Those of the calls that a document describes, and of the few that need no description.
    pub fn of(document: &Value) -> Self {
        let documented = document["paths"].as_object().into_iter().flatten().map(|(path, calls)| {
            let methods = calls.as_object().into_iter().flat_map(|calls| calls.keys());
            (format!("/api/v1{path}"), methods.map(|method| method.to_uppercase()).collect())
        });
        let others = UNDOCUMENTED.map(|path| (path.to_owned(), vec!["GET".to_owned()]));
        Self(documented.chain(others).map(|(path, methods)| (ResourceDef::new(path), methods)).collect())
    }

    /// The answer where no handler has both the path and the method.
    pub fn no_handler(&self, path: &str) -> HttpResponse {
        let mut methods: Vec<&str> = self
            .0
            .iter()
            .filter(|(resource, _)| resource.is_match(path))
            .flat_map(|(_, methods)| methods.iter().map(String::as_str))
            .collect();
        if methods.is_empty() {
            return Error::NotFound.error_response();
        }
        if methods.contains(&"GET") && !is_socket(path) {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        methods.dedup();
        not_allowed(&methods.join(", "))
    }
}

/// True for the paths of WebSockets.
pub fn is_socket(path: &str) -> bool {
    matches!(path, "/api/v1/live" | "/api/v1/screen/live")
}

/// Asks for HEAD as for GET; the server leaves the body out. Not for a WebSocket, which is no reading.
///
/// # Errors
/// What the inner service fails with.
pub async fn head_as_get<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if request.method() == Method::HEAD && !is_socket(request.path()) {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// 405 with the methods that there are.
pub fn not_allowed(methods: &str) -> HttpResponse {
    let mut response = Error::from(Code::MethodNotAllowed).error_response();
    if let Ok(methods) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}
