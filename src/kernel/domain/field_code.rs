//! Why a field is not valid.

/// Makes the enum of codes: name and word on the wire.
macro_rules! field_codes {
    ($($name:ident = $word:literal),+ $(,)?) => {
        /// A stable code of what is wrong with a field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        pub enum FieldCode { $(#[serde(rename = $word)] $name),+ }

        impl FieldCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as the API has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

field_codes! {
    BeforeStart = "before_start",
    ControlCharacters = "control_characters",
    Invalid = "invalid",
    Itself = "itself",
    Merged = "merged",
    NameTaken = "name_taken",
    NoLetter = "no_letter",
    NotALink = "not_a_link",
    NotForCaucus = "not_for_caucus",
    NotInSession = "not_in_session",
    NotInThread = "not_in_thread",
    NotInvited = "not_invited",
    NotOffered = "not_offered",
    NotWaiting = "not_waiting",
    NotWithSecret = "not_with_secret",
    OnlyForCaucus = "only_for_caucus",
    OnlyWithObjection = "only_with_objection",
    OtherConstituency = "other_constituency",
    OutOfRange = "out_of_range",
    QuestionsOnly = "questions_only",
    Required = "required",
    SameAsOriginal = "same_as_original",
    SenseCheckOnly = "sense_check_only",
    ShowsNothing = "shows_nothing",
    TooCommon = "too_common",
    TooComplex = "too_complex",
    TooLong = "too_long",
    TooMany = "too_many",
    TooShort = "too_short",
    Twice = "twice",
    Unknown = "unknown",
    Wrong = "wrong",
}

// By hand: the derive does not see words that come out of a macro.
impl utoipa::PartialSchema for FieldCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl utoipa::ToSchema for FieldCode {}
