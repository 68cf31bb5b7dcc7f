//! What a browser asks for when it opens the live page of a session, and in which order. This is the one place to
//! change when the page changes; the driver and the integration tests read it.

/// A call of the page.
pub struct Call {
    /// Unlike the others of the page.
    pub name: &'static str,
    /// Below `/api/v1`, with `{room}`, `{session}` and `{thread}` for ids.
    pub path: &'static str,
    /// The calls whose answers it waits for.
    pub after: &'static [&'static str],
}

/// The calls of a page, each one after those that it waits for.
pub struct Page {
    pub calls: &'static [Call],
    /// The call after which the page opens its socket.
    pub socket_after: &'static str,
    /// The call after which it subscribes to the room.
    pub subscribe_after: &'static str,
}

const fn call(name: &'static str, path: &'static str, after: &'static [&'static str]) -> Call {
    Call { name, path, after }
}

/// The page `/sessions/{session}` that makes 16 calls.
pub const OLD: Page = Page {
    calls: &[
        call("installation", "/installation", &[]),
        call("me", "/me", &[]),
        call("session", "/sessions/{session}", &["installation", "me"]),
        call("room", "/rooms/{room}", &["session"]),
        call("room again", "/rooms/{room}", &["room"]),
        call("agenda", "/rooms/{room}/sessions?limit=100", &["room"]),
        call("floor", "/sessions/{session}/floor", &["room again", "agenda"]),
        call("questions", "/sessions/{session}/questions", &["room again", "agenda"]),
        call("room for polls", "/rooms/{room}", &["room again", "agenda"]),
        call("room for transcript", "/rooms/{room}", &["room again", "agenda"]),
        call("posts", "/threads/{thread}/posts?order=seq&at=end&limit=50", &["room again", "agenda"]),
        call("thread", "/threads/{thread}", &["room again", "agenda"]),
        call("polls", "/sessions/{session}/polls", &["room for polls"]),
        call("transcript", "/sessions/{session}/transcript", &["room for transcript"]),
        call("room for chat", "/rooms/{room}", &["thread"]),
        // The page asks for it after a second and a half, so that it delays nothing; here it ends the visit.
        call("rooms", "/rooms?limit=100", &["polls", "transcript", "room for chat"]),
    ],
    socket_after: "me",
    subscribe_after: "room",
};

/// The page that gets the state of a session with one call.
pub const NEW: Page = Page {
    calls: &[
        call("installation", "/installation", &[]),
        call("me", "/me", &[]),
        call("snapshot", "/sessions/{session}/snapshot", &["installation", "me"]),
        call("rooms", "/rooms?limit=100", &["snapshot"]),
    ],
    socket_after: "me",
    subscribe_after: "snapshot",
};

impl Page {
    /// The paths of all calls, in the order of `calls`, below `/api/v1`.
    pub fn paths(&self, room: &str, session: &str, thread: &str) -> Vec<String> {
        let path = |call: &Call| {
            let path = call.path.replace("{room}", room).replace("{session}", session);
            path.replace("{thread}", thread)
        };
        self.calls.iter().map(path).collect()
    }

    /// The place of a call in `calls`.
    pub fn place(&self, name: &str) -> usize {
        self.calls.iter().position(|call| call.name == name).expect("the page names its own calls")
    }

    /// The first call that was not begun and waits for nothing any more.
    pub fn next(&self, begun: &[bool], done: &[bool]) -> Option<usize> {
        let may = |call: &Call| call.after.iter().all(|before| done[self.place(before)]);
        (0..self.calls.len()).find(|at| !begun[*at] && may(&self.calls[*at]))
    }
}
