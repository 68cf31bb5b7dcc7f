//! A call of somebody who is signed in, with the rate limit that it counts against.

use std::future::Future;
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::extract::{Actor, Later, Shared, shared};
use super::limits::Counts;
use super::run::finish;
use crate::error::{Error, Result};
use crate::kernel::access;
use crate::kernel::actions::Ctx;

/// A call that counts against the limit `L`. It is counted when the call is taken from the request, so that a
/// handler cannot forget it; who is not signed in gets no further.
pub struct Call<L> {
    pub state: Shared,
    pub actor: Actor,
    limit: PhantomData<L>,
}

impl<L: Counts> FromRequest for Call<L> {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = shared(request);
        let actor = Actor::from_request(request, payload);
        Box::pin(async move {
            let actor = actor.await?;
            state.limits.account(L::LIMIT, actor.member()?.id)?;
            Ok(Self { state, actor, limit: PhantomData })
        })
    }
}

impl<L> Call<L> {
    /// Runs a change to its end, even when the client goes away.
    ///
    /// # Errors
    /// What the change fails with.
    pub async fn run<T, F>(&self, work: impl FnOnce(Ctx, access::Actor) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        finish(work(self.state.ctx.clone(), self.actor.0.clone())).await
    }
}
