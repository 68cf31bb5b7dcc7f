//! The calls that a part of the server answers: mounted and documented from one list.

use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;

/// The handlers of the kernel, or of a feature.
#[derive(Clone, Copy)]
pub struct Routes {
    /// Mounts them.
    pub mount: fn(&mut ServiceConfig),
    /// Documents them.
    pub api: fn() -> OpenApi,
}

/// Makes `ROUTES` of the handlers that are named, and of the shapes that only events carry. A handler that is
/// not named is neither served nor documented, and one that is named is both.
macro_rules! routes {
    ($($($name:ident)::+),+ $(,)? $(; $($shape:ident),+)?) => {
        /// The calls of these handlers.
        pub const ROUTES: $crate::kernel::http::mount::Routes = $crate::kernel::http::mount::Routes {
            mount: |config| {
                $(config.service($($name)::+);)+
            },
            api: || {
                #[derive(utoipa::OpenApi)]
                #[openapi(
                    info(title = "Plenary", description = "A server for social dialogue."),
                    servers((url = "/api/v1")),
                    paths($($($name)::+),+),
                    components(schemas($($($shape),+)?))
                )]
                struct Api;
                <Api as utoipa::OpenApi>::openapi()
            },
        };
    };
}

pub(crate) use routes;
