//! What listeners ask of the speaker.

use crate::kernel::domain::words::words;

words! {
    /// What a listener asks of the speaker, unheard by the room.
    SignalKind { Slower = "slower", Repeat = "repeat", Term = "term" }
}
