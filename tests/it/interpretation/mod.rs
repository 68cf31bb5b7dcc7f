//! Posts, questions and speeches in another language, and signals to who speaks.

mod confirming;
mod drafts;
pub mod rows;
mod signals;
mod transcript;

use serde_json::{Value, json};

use crate::questions::Hall;
use crate::support::rooms::{Person, text};

/// A workshop with an interpreter and a post.
pub struct Booth {
    pub hall: Hall,
    pub ines: Person,
    pub post: String,
}

impl Booth {
    pub async fn new() -> Self {
        let hall = Hall::new().await;
        let ines = hall.stage.with_role("Ines", "un", "interpreter").await;
        let thread = hall.stage.thread(&hall.ana).await;
        let post = text(&hall.ana.say(&thread, "We *pay*").await["id"]);
        Self { hall, ines, post }
    }

    pub fn path(&self) -> String {
        format!("/posts/{}/translations/zh", self.post)
    }

    /// Writes over what the interpreter has read.
    pub async fn put(&self, body: &str, state: &str) -> Value {
        let list = self.ines.read(&format!("/posts/{}/translations", self.post)).await;
        let mut read = list["items"].as_array().unwrap().iter();
        let is_draft = state == "draft";
        let version = read
            .find(|one| (one["state"] == "draft") == is_draft)
            .map_or(json!(0), |one| one["version"].clone());
        self.ines.done("PUT", &self.path(), json!({ "body": body, "state": state, "version": version })).await
    }

    /// The translations that a member sees with the post.
    pub async fn seen(&self, who: &Person) -> Value {
        let post = who.read(&format!("/posts/{}", self.post)).await;
        // The page says the same.
        let page = who.read(&format!("/threads/{}/posts?limit=100", text(&post["thread"]))).await;
        let on_page = page["items"].as_array().unwrap().iter().find(|item| item["id"] == self.post);
        assert_eq!(on_page, Some(&post));
        post.get("translations").cloned().unwrap_or_else(|| json!([]))
    }
}
