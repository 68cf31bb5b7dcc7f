//! The commands beside `serve`: accounts without a browser, the demo, the check of the record, and
//! the OpenAPI document.

use std::io::{BufRead, stdin};
use std::sync::Arc;

use clap::{Args, Subcommand};

use uuid::Uuid;

use crate::app::Database;
use crate::config::DataConfig;
use crate::db::private::Role;
use crate::db::{self, Pool};
use crate::demo;
use crate::error::Error;
use crate::features::FEATURES;
use crate::kernel::access::Access;
use crate::kernel::actions::accounts::{self, Accounts, NewAccount, Revocation, Revoker};
use crate::kernel::actions::passwords::Passwords;
use crate::kernel::actions::posting::Posting;
use crate::kernel::actions::{Ctx, invitations};
use crate::kernel::domain::kinds::{Lang, PlatformRole};
use crate::kernel::hooks;
use crate::kernel::http::api::document;
use crate::kernel::log::event::{Committed, Present, Publisher, To};
use crate::kernel::log::frame::Frame;
use crate::kernel::log::replay;
use crate::kernel::models::members::{self, Filter};

/// `plenary user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an active, confirmed member. The password is the first line of standard input.
    Create(Create),
    /// List all members: id, status, role, constituency, address, name.
    List(DataConfig),
    /// Set a member's password from standard input, and end all sign-ins.
    Password(Password),
    /// Print a link that makes a member of this role.
    Invite(Invite),
}

/// `plenary user create`.
#[derive(Debug, Args)]
pub struct Create {
    #[command(flatten)]
    data: DataConfig,
    #[arg(long)]
    email: String,
    /// The name that others see.
    #[arg(long)]
    name: String,
    /// workers, employers, government, un or civil_society.
    #[arg(long)]
    constituency: String,
    #[arg(long)]
    organisation: String,
    #[arg(long, default_value = "member", value_parser = role)]
    role: PlatformRole,
    /// en or zh.
    #[arg(long, default_value = "en", value_parser = locale)]
    locale: Lang,
}

/// `plenary user password`.
#[derive(Debug, Args)]
pub struct Password {
    #[command(flatten)]
    data: DataConfig,
    #[arg(long)]
    email: String,
}

/// `plenary user invite`.
#[derive(Debug, Args)]
pub struct Invite {
    #[command(flatten)]
    data: DataConfig,
    #[arg(long, default_value = "member", value_parser = role)]
    role: PlatformRole,
    /// The public origin, such as https://dialogue.example.org.
    #[arg(long, env = "PLENARY_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
}

fn role(word: &str) -> Result<PlatformRole, String> {
    PlatformRole::parse(word).ok_or_else(|| "member, steward or admin".into())
}

fn locale(word: &str) -> Result<Lang, String> {
    Lang::parse(word).ok_or_else(|| "en or zh".into())
}

/// Connections of a command.
const CONNECTIONS: usize = 8;

/// A running server looks at the database again within a second.
struct NoOneIsConnected;

impl Revoker for NoOneIsConnected {
    fn revoke(&self, _: Revocation) {}
}

impl Publisher for NoOneIsConnected {
    fn publish(&self, _: Committed) {}

    fn tell(&self, _: Uuid, _: To, _: &Frame<'_>) {}

    fn present(&self, _: Uuid) -> Vec<Present> {
        Vec::new()
    }
}

/// Runs a `user` command.
///
/// # Errors
/// One line for the operator.
pub async fn user(command: UserCommand) -> Result<(), String> {
    match command {
        UserCommand::Create(command) => create(command).await,
        UserCommand::List(data) => list(&data).await,
        UserCommand::Password(command) => password(command).await,
        UserCommand::Invite(command) => invite(command).await,
    }
}

/// Prints the OpenAPI document.
///
/// # Errors
/// One line for the operator.
pub fn openapi() -> Result<(), String> {
    let document = serde_json::to_string_pretty(&document(
        hooks::routes(&FEATURES),
        &hooks::events(&FEATURES),
        &hooks::parts(&FEATURES),
    ))
    .map_err(|error| error.to_string())?;
    println!("{document}");
    Ok(())
}

async fn create(command: Create) -> Result<(), String> {
    let new = NewAccount {
        email: command.email,
        password: password_from_stdin()?,
        display_name: command.name,
        constituency: Some(command.constituency),
        organisation: Some(command.organisation),
        locale: command.locale,
        invitation: None,
    };
    with_database(&command.data, async |pool| {
        let member = accounts::create(&accounts_on(pool), new, command.role)
            .await
            .map_err(|error| error.one_line())?;
        println!("{}", member.id);
        Ok(())
    })
    .await
}

/// Runs a command on the database and lets go of it, however the command ended.
async fn with_database(
    data: &DataConfig,
    work: impl AsyncFnOnce(&Pool) -> Result<(), String>,
) -> Result<(), String> {
    let database = Database::open(data, Role::Tool).await?;
    let pool = db::pool(&database.url, CONNECTIONS);
    let outcome = work(&pool).await;
    pool.close();
    database.close().await;
    outcome
}

async fn list(data: &DataConfig) -> Result<(), String> {
    with_database(data, async |pool| print_members(pool).await).await
}

async fn print_members(pool: &Pool) -> Result<(), String> {
    let mut db = pool.get().await.map_err(|error| error.one_line())?;
    let mut after = None;
    loop {
        let page = members::page(&mut db, &Filter::default(), after, 500).await;
        let page = page.map_err(|error| Error::from(error).one_line())?;
        for member in &page {
            println!(
                "{}\t{}\t{}\t{}\t{}\t{}",
                member.id,
                member.status,
                member.platform_role,
                member.constituency,
                member.email,
                member.display_name
            );
        }
        let Some(last) = page.last() else { break };
        after = Some(last.id);
    }
    Ok(())
}

async fn password(command: Password) -> Result<(), String> {
    let new = password_from_stdin()?;
    with_database(&command.data, async |pool| {
        let done = accounts::reset_password(&accounts_on(pool), &command.email, new).await;
        done.map_err(|error| match error {
            Error::NotFound => "No member has this address.".into(),
            other => other.one_line(),
        })
    })
    .await
}

async fn invite(command: Invite) -> Result<(), String> {
    with_database(&command.data, async |pool| {
        let token = invitations::operator_link(&accounts_on(pool), command.role)
            .await
            .map_err(|error| error.one_line())?;
        println!("{}/register?invitation={token}", command.url.trim_end_matches('/'));
        Ok(())
    })
    .await
}

fn accounts_on(pool: &Pool) -> Accounts {
    Accounts {
        db: pool.clone(),
        access: Arc::new(Access::new(pool.clone())),
        passwords: Arc::new(Passwords::default()),
        revoker: Arc::new(NoOneIsConnected),
        hooks: hooks::changes(&FEATURES),
        demo: false,
    }
}

fn password_from_stdin() -> Result<String, String> {
    let mut line = String::new();
    let read = stdin().lock().read_line(&mut line);
    read.map_err(|error| format!("The password cannot be read from standard input: {error}"))?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err("The password is expected on standard input.".into());
    }
    Ok(password.to_owned())
}

/// `plenary seed`.
///
/// # Errors
/// One line for the operator.
pub async fn seed(data: &DataConfig) -> Result<(), String> {
    with_database(data, async |pool| {
        let accounts = accounts_on(pool);
        let ctx = Ctx {
            db: pool.clone(),
            access: accounts.access.clone(),
            publisher: Arc::new(NoOneIsConnected),
            posting: Posting::default(),
            hooks: hooks::changes(&FEATURES),
        };
        ctx.start_posting();
        let loaded = demo::load(&ctx, &accounts).await?.ok_or("The demo was loaded before.")?;
        println!("The demo is loaded: {loaded}.");
        println!("PLENARY_DEMO=on plenary serve offers its members by one click.");
        Ok(())
    })
    .await
}

/// `plenary verify`.
///
/// # Errors
/// One line for the operator, after one for each room that is not as it was written.
pub async fn verify(data: &DataConfig) -> Result<(), String> {
    with_database(data, async |pool| {
        let mut db = pool.get().await.map_err(|error| error.one_line())?;
        let rooms =
            replay::verify_all(&mut db, &hooks::record(&FEATURES)).await.map_err(|error| error.one_line())?;
        let mut entries = 0;
        let mut faulty = 0;
        for room in &rooms {
            match &room.outcome {
                Ok(count) => entries += count,
                Err(fault) => {
                    faulty += 1;
                    println!("Room {} ({}): {fault}.", room.slug, room.id);
                }
            }
        }
        if faulty > 0 {
            return Err(format!("{faulty} of {} rooms are not as they were written.", rooms.len()));
        }
        println!(
            "{} rooms with {entries} entries: every number is there, the chain is unbroken.",
            rooms.len()
        );
        Ok(())
    })
    .await
}
