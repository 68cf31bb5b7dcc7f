//! The WebSocket actor. The only file that names actix-web-actors, which is deprecated upstream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Handler, Message, StreamHandler, WrapFuture};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::admission::{AdmissionPass, Guest, OPENING_TIME};
use super::hub::{Hub, text_error};
use super::outbox::Outbox;
use crate::error::{Code, Error, Result};
use crate::kernel::access;
use crate::kernel::domain::kinds::Site;

/// Largest frame from a client.
const FRAME_MAX: usize = 64 * 1024;
/// Commands a client may send between two heartbeats.
const COMMANDS_MAX: usize = 120;

/// A frame that a client sends over the WebSocket, one JSON object a line.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = ClientFrame)]
pub enum Command {
    /// Hears the events of a room from now on, and those since a number, where the epoch is still the same.
    Subscribe { room: Uuid, since: Option<i64>, epoch: Option<Uuid> },
    /// Hears no more of a room.
    Unsubscribe { room: Uuid },
    /// The member writes in a thread.
    Typing { room: Uuid, thread: Uuid },
    /// From where the member follows the session.
    Here { room: Uuid, site: Site },
}

/// Message to the socket's actor: the outbox has frames.
struct OutboxReady;

impl Message for OutboxReady {
    type Result = ();
}

/// A listener that subscribes to no room and says nothing: a feature sends it what it is to get.
pub trait ListenOnly: Send {
    /// Time between two signs of life.
    fn heartbeat(&self) -> Duration;

    /// A listener is connected.
    fn connect(&self, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Outbox>;

    /// Sends it the regular sign of life.
    fn beat(&self, outbox: &Outbox);

    /// BusEnds it where it may not listen any more.
    fn check(&self, outbox: Arc<Outbox>) -> BoxFuture<'static, ()>;

    /// It is gone.
    fn disconnect(&self, outbox: &Outbox);
}

struct Socket {
    hub: Arc<Hub>,
    /// Kept until the first subscription has all it missed.
    pass: Option<AdmissionPass>,
    /// Of who has no sign-in; kept to the end.
    guest: Option<Guest>,
    actor: Option<access::Actor>,
    outbox: Option<Arc<Outbox>>,
    heard: Instant,
    /// Commands since the last heartbeat.
    commands: usize,
    /// Commands that wait for the one before them; None stands for what is not a command.
    waiting: VecDeque<Option<Command>>,
    busy: bool,
    /// It listens to nothing else, and says nothing.
    silent: Option<Box<dyn ListenOnly>>,
}

type Context = ws::WebsocketContext<Socket>;

/// Makes a request a WebSocket.
///
/// # Errors
/// The handshake is not one.
pub fn start(
    request: &HttpRequest,
    stream: web::Payload,
    (hub, pass): (Arc<Hub>, AdmissionPass),
    (actor, guest): (access::Actor, Option<Guest>),
) -> Result<HttpResponse> {
    let mut socket = Socket::new(hub);
    (socket.pass, socket.actor, socket.guest) = (Some(pass), Some(actor), guest);
    upgrade(socket, request, stream)
}

/// Makes a request the WebSocket of a listener that says nothing.
///
/// # Errors
/// The handshake is not one.
pub fn start_silent(
    request: &HttpRequest,
    stream: web::Payload,
    hub: Arc<Hub>,
    listener: Box<dyn ListenOnly>,
) -> Result<HttpResponse> {
    let mut socket = Socket::new(hub);
    socket.silent = Some(listener);
    upgrade(socket, request, stream)
}

fn upgrade(socket: Socket, request: &HttpRequest, stream: web::Payload) -> Result<HttpResponse> {
    ws::WsResponseBuilder::new(socket, request, stream)
        .frame_size(FRAME_MAX)
        .start()
        .map_err(|_| Error::Malformed("This is not the beginning of a WebSocket.".into()))
}

impl Actor for Socket {
    type Context = Context;

    fn started(&mut self, context: &mut Context) {
        let address = context.address();
        let wake = Box::new(move || address.do_send(OutboxReady));
        self.outbox = Some(match &self.silent {
            Some(listener) => listener.connect(wake),
            None => self.hub.connect(self.actor.take().unwrap_or_default(), wake),
        });
        // The sign-in may have ended between the request and now, when nobody knew this socket yet.
        self.check_sign_in(context);
        context.run_later(OPENING_TIME, |socket, _| socket.pass = None);
        // Spread, so that a thousand sockets that connected together do not beat together.
        context.run_later(self.interval().mul_f64(rand::random_range(0.8..1.0)), Self::beat);
    }

    fn stopped(&mut self, _: &mut Context) {
        self.leave();
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // `stopped` does not run when the connection is dropped under the actor.
        self.leave();
    }
}

impl Socket {
    fn new(hub: Arc<Hub>) -> Self {
        Self {
            hub,
            pass: None,
            guest: None,
            actor: None,
            outbox: None,
            heard: Instant::now(),
            commands: 0,
            waiting: VecDeque::new(),
            busy: false,
            silent: None,
        }
    }

    fn leave(&mut self) {
        self.guest = None;
        match (self.outbox.take(), &self.silent) {
            (Some(outbox), Some(listener)) => listener.disconnect(&outbox),
            (Some(outbox), None) => self.hub.disconnect(outbox.id),
            (None, _) => {}
        }
    }

    fn interval(&self) -> Duration {
        let own = self.silent.as_ref().map(|listener| listener.heartbeat());
        own.map_or(self.hub.heartbeat, |own| own.min(self.hub.heartbeat))
    }

    fn beat(&mut self, context: &mut Context) {
        let Some(outbox) = self.outbox.clone() else { return };
        // The client answers every ping.
        if self.heard.elapsed() > self.hub.silence() {
            context.stop();
            return;
        }
        self.commands = 0;
        context.ping(b"");
        match &self.silent {
            Some(listener) => listener.beat(&outbox),
            None => self.hub.beat(&outbox),
        }
        self.check_sign_in(context);
        context.run_later(self.interval(), Self::beat);
    }

    fn check_sign_in(&self, context: &mut Context) {
        match (self.outbox.clone(), &self.silent) {
            (Some(outbox), Some(listener)) => {
                context.spawn(listener.check(outbox).into_actor(self));
            }
            (Some(outbox), None) => {
                let hub = self.hub.clone();
                context.spawn(async move { hub.check_sign_in(&outbox).await }.into_actor(self));
            }
            (None, _) => {}
        }
    }

    fn command(&mut self, text: &str, context: &mut Context) {
        let Some(outbox) = self.outbox.as_ref().filter(|_| self.silent.is_none()) else { return };
        self.commands += 1;
        if self.commands > COMMANDS_MAX || self.waiting.len() >= COMMANDS_MAX {
            if self.commands == COMMANDS_MAX + 1 {
                outbox.push(None, text_error(Code::RateLimited, "Too many commands.", None));
            }
            return;
        }
        self.waiting.push_back(serde_json::from_str(text).ok());
        self.go_on(context);
    }

    /// One command after the other: what was asked later must not overtake a subscription that
    /// still reads what was missed.
    fn go_on(&mut self, context: &mut Context) {
        let Some(outbox) = self.outbox.clone() else { return };
        while !self.busy
            && let Some(command) = self.waiting.pop_front()
        {
            let (hub, outbox) = (self.hub.clone(), outbox.clone());
            match command {
                None => outbox.push(None, text_error(Code::Malformed, "This is not a command.", None)),
                Some(Command::Unsubscribe { room }) => hub.unsubscribe(&outbox, room),
                Some(Command::Here { room, site }) => hub.set_site(&outbox, room, site),
                Some(Command::Subscribe { room, since, epoch }) => {
                    self.wait_for(async move { hub.subscribe(&outbox, room, since, epoch).await }, context);
                }
                Some(Command::Typing { room, thread }) => {
                    self.wait_for(async move { hub.typing(&outbox, room, thread).await }, context);
                }
            }
        }
    }

    fn wait_for(&mut self, work: impl Future<Output = ()> + 'static, context: &mut Context) {
        self.busy = true;
        context.spawn(work.into_actor(self).map(|(), socket, context| {
            socket.busy = false;
            socket.pass = None;
            socket.go_on(context);
        }));
    }
}

impl Handler<OutboxReady> for Socket {
    type Result = ();

    fn handle(&mut self, _: OutboxReady, context: &mut Context) {
        let Some(outbox) = &self.outbox else { return };
        let (frames, close) = outbox.take();
        for (_, frame) in frames {
            context.text(frame);
        }
        if let Some(close) = close {
            context.close(Some(ws::CloseReason {
                code: ws::CloseCode::Other(close.code),
                description: Some(close.reason),
            }));
            context.stop();
        }
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for Socket {
    fn handle(&mut self, message: Result<ws::Message, ws::ProtocolError>, context: &mut Context) {
        self.heard = Instant::now();
        match message {
            Ok(ws::Message::Text(text)) => {
                for line in text.lines() {
                    self.command(line, context);
                }
            }
            Ok(ws::Message::Ping(data)) => context.pong(&data),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                context.close(reason);
                context.stop();
            }
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(_)) => {
                let reason = ws::CloseReason {
                    code: ws::CloseCode::Unsupported,
                    description: Some("text frames only".into()),
                };
                context.close(Some(reason));
                context.stop();
            }
            Err(error) => {
                let code = match error {
                    ws::ProtocolError::Overflow => ws::CloseCode::Size,
                    _ => ws::CloseCode::Protocol,
                };
                context.close(Some(code.into()));
                context.stop();
            }
        }
    }
}
