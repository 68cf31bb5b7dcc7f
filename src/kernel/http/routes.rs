//! The one route table. Method and path stand with each handler; a handler that is not named here
//! is neither served nor documented, and one that is named is both.

pub mod events;

use actix_web::web;
use utoipa::OpenApi;

use super::{
    accounts, agenda, docs, held, installation, invitations, live, members, moderation, ops, posts, rooms,
    sessions, threads, translations, ui,
};
use crate::error::Code;
use crate::features::calendar::http as calendar;
use crate::features::floor::http as floor;
use crate::features::floor::view::FloorView;
use crate::features::polls::http as polls;
use crate::features::polls::rules::PollResults;
use crate::features::polls::view::PollView;
use crate::features::questions::http as questions;
use crate::features::questions::view::QuestionEvent;
use crate::features::screens::http as screens;
use crate::features::screens::live::ScreenMessage;
use crate::features::snapshot::http as snapshot;
use crate::features::transcript::http as transcript;
use crate::features::transcript::view::LineView;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::http::live::LogEvent;
use crate::kernel::live::socket::Command as ClientFrame;
use crate::kernel::log::frame::Frame;
use crate::kernel::views::agenda::AgendaView;
use crate::kernel::views::events::{
    MuteEvent, PostData, RemovedEvent, RoleEvent, RoomEvent, TranslationEvent,
};
use crate::kernel::views::sessions::SessionView;
use crate::kernel::views::threads::{ThreadState, ThreadView};

macro_rules! table {
    ($($module:ident :: $handler:ident),+ $(,)?) => {
        fn api(config: &mut web::ServiceConfig) {
            $(config.service($module::$handler);)+
        }

        /// The documented calls.
        #[derive(OpenApi)]
        #[openapi(
            info(title = "Plenary", description = "A server for social dialogue."),
            servers((url = "/api/v1")),
            paths($($module::$handler),+),
            components(schemas(
                Code, FieldCode, AgendaView, ThreadState, PollResults, QuestionEvent, LogEvent, Frame, ClientFrame,
                ScreenMessage, RoomEvent, RoleEvent, MuteEvent, RemovedEvent, PostData, TranslationEvent, ThreadView,
                SessionView, LineView, FloorView, PollView
            ))
        )]
        pub struct Api;
    };
}

table![
    installation::installation,
    installation::permissions,
    installation::list_organisations,
    accounts::register,
    accounts::sign_in,
    accounts::sign_out,
    accounts::me,
    accounts::edit_me,
    accounts::change_password,
    accounts::sign_ins,
    accounts::end_sign_in,
    accounts::end_other_sign_ins,
    accounts::demo_members,
    accounts::demo_sign_in,
    members::list,
    members::confirm,
    members::edit,
    invitations::create,
    invitations::list,
    invitations::by_token,
    invitations::withdraw,
    rooms::list_programmes,
    rooms::create_programme,
    rooms::get_programme,
    rooms::edit_programme,
    rooms::list,
    rooms::create,
    rooms::get_one,
    rooms::edit,
    rooms::list_roles,
    rooms::get_role,
    rooms::set_role,
    rooms::remove_role,
    rooms::list_members,
    threads::list,
    threads::create,
    threads::get_one,
    threads::edit,
    threads::mark_read,
    threads::lock,
    threads::unlock,
    threads::pin,
    threads::unpin,
    threads::require_review,
    threads::lift_review,
    held::desk,
    held::own,
    held::claim,
    held::release,
    held::decide,
    posts::list,
    posts::create,
    posts::get_one,
    posts::edit,
    posts::revisions,
    posts::hide,
    posts::restore,
    posts::react,
    posts::unreact,
    posts::preview,
    sessions::list,
    sessions::create,
    sessions::get_one,
    sessions::edit,
    sessions::remove,
    sessions::set_state,
    floor::get_one,
    floor::configure,
    floor::ask,
    floor::withdraw,
    floor::pass,
    floor::next,
    floor::pause,
    floor::resume,
    floor::end,
    agenda::delay,
    calendar::of_room,
    calendar::mine,
    calendar::make,
    calendar::revoke,
    calendar::of_member,
    polls::list,
    polls::create,
    polls::get_one,
    polls::edit,
    polls::remove,
    polls::open,
    polls::close,
    polls::cancel,
    polls::vote,
    questions::list,
    questions::create,
    questions::get_one,
    questions::support,
    questions::unsupport,
    questions::set_state,
    questions::merge,
    questions::unmerge,
    questions::hide,
    questions::restore,
    translations::of_post,
    translations::translate_post,
    translations::confirm_post,
    translations::withdraw_post,
    translations::of_question,
    translations::translate_question,
    translations::confirm_question,
    translations::withdraw_question,
    snapshot::snapshot,
    transcript::list,
    transcript::add,
    transcript::remove,
    transcript::signal,
    moderation::slow,
    moderation::close,
    moderation::reopen,
    moderation::mutes,
    moderation::mute,
    moderation::unmute,
    moderation::log,
    live::log,
    live::live,
    live::presence,
    screens::open,
    screens::own,
    screens::live,
    screens::list,
    screens::pair,
    screens::unpair,
    screens::get_one,
    screens::show,
    screens::join,
];

/// Everything the server answers.
pub fn all(config: &mut web::ServiceConfig) {
    config
        .service(web::scope("/api/v1").configure(api).service(docs::openapi).service(docs::page))
        .service(ops::live)
        .service(ops::ready)
        .service(ops::metrics)
        .default_service(web::to(ui::serve));
}
