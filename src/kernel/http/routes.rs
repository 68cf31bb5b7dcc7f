//! The calls of the kernel, and where they are mounted with those of the features. Method and path stand with
//! each handler.

use actix_web::web;

use super::mount::{Routes, routes};
use super::{
    accounts, agenda, docs, held, installation, invitations, live, members, moderation, ops, posts, rooms,
    sessions, snapshot, threads, translations, ui,
};
use crate::error::Code;
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

routes![
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
    held::dismiss,
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
    snapshot::snapshot,
    agenda::delay,
    translations::of_post,
    translations::translate_post,
    translations::confirm_post,
    translations::withdraw_post,
    moderation::slow,
    moderation::close,
    moderation::reopen,
    moderation::mutes,
    moderation::mute,
    moderation::unmute,
    moderation::log,
    live::log,
    live::live,
    live::presence; Code, FieldCode, AgendaView, ThreadState, LogEvent, Frame, ClientFrame, RoomEvent, RoleEvent, MuteEvent, RemovedEvent,
    PostData, TranslationEvent, ThreadView, SessionView
];

/// Everything the server answers; the calls of features stand beside those of the kernel.
pub fn all(config: &mut web::ServiceConfig, features: impl Iterator<Item = Routes>) {
    let mut api = web::scope("/api/v1").configure(ROUTES.mount);
    for routes in features {
        api = api.configure(routes.mount);
    }
    config
        .service(api.service(docs::openapi).service(docs::page))
        .service(ops::live)
        .service(ops::ready)
        .service(ops::metrics)
        .default_service(web::to(ui::serve));
}
