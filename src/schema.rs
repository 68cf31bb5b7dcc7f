//! The tables, as the migrations make them; a test compares the two.

diesel::table! {
    agenda_shifts (id) {
        id -> Uuid,
        room_id -> Uuid,
        minutes -> Int4,
        late_minutes -> Int4,
        reason -> Text,
        created_by -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    ballots (poll_id, member_id) {
        poll_id -> Uuid,
        member_id -> Uuid,
        choices -> Int4,
        reason -> Nullable<Text>,
        step -> Int4,
    }
}

diesel::table! {
    calendar_feeds (member_id) {
        member_id -> Uuid,
        token_hash -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    constituencies (id) {
        id -> Text,
        name_en -> Text,
        name_zh -> Text,
        letter_en -> Text,
        letter_zh -> Text,
        shape -> Text,
        is_party -> Bool,
        position -> Int4,
    }
}

diesel::table! {
    floor_acts (id) {
        id -> Uuid,
        session_id -> Uuid,
        seq -> Int8,
        kind -> Text,
        request_id -> Nullable<Uuid>,
        instead_of -> Nullable<Uuid>,
        reason -> Text,
        actor_id -> Uuid,
        at -> Timestamptz,
    }
}

diesel::table! {
    floor_requests (id) {
        id -> Uuid,
        room_id -> Uuid,
        session_id -> Uuid,
        seq -> Int8,
        kind -> Text,
        state -> Text,
        member_id -> Nullable<Uuid>,
        person -> Text,
        author_id -> Uuid,
        attribution -> Text,
        speaker_name -> Text,
        speaker_organisation -> Text,
        constituency -> Text,
        speaker_confirmed -> Bool,
        note -> Text,
        interposes -> Nullable<Uuid>,
        client_id -> Uuid,
        request_hash -> Bytea,
        created_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    floors (session_id) {
        session_id -> Uuid,
        open -> Bool,
        limit_s -> Int4,
        weights -> Jsonb,
    }
}

diesel::table! {
    held_posts (id) {
        id -> Uuid,
        room_id -> Uuid,
        thread_id -> Uuid,
        parent_id -> Nullable<Uuid>,
        author_id -> Uuid,
        attribution -> Text,
        lang -> Text,
        body_md -> Text,
        body_html -> Text,
        client_id -> Uuid,
        request_hash -> Bytea,
        created_at -> Timestamptz,
        state -> Text,
        claimed_by -> Nullable<Uuid>,
        claimed_until -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
        note -> Text,
        decided_by -> Nullable<Uuid>,
        decided_at -> Nullable<Timestamptz>,
        dismissed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    installation (id) {
        id -> Bool,
        epoch -> Uuid,
        demo_loaded_at -> Nullable<Timestamptz>,
        secret -> Bytea,
    }
}

diesel::table! {
    invitations (id) {
        id -> Uuid,
        token_hash -> Bytea,
        email -> Nullable<Text>,
        constituency -> Nullable<Text>,
        organisation -> Nullable<Text>,
        platform_role -> Text,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        used_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    members (id) {
        id -> Uuid,
        email -> Text,
        password_hash -> Text,
        display_name -> Text,
        constituency -> Text,
        confirmed_at -> Nullable<Timestamptz>,
        confirmed_by -> Nullable<Uuid>,
        organisation_id -> Uuid,
        platform_role -> Text,
        status -> Text,
        locale -> Text,
        is_demo -> Bool,
        created_at -> Timestamptz,
        email_key -> Text,
        name_key -> Text,
        wanted_name -> Nullable<Text>,
        former_names -> Array<Text>,
    }
}

diesel::table! {
    moderation_acts (id) {
        id -> Uuid,
        room_id -> Uuid,
        seq -> Int8,
        action -> Text,
        thread_id -> Nullable<Uuid>,
        post_id -> Nullable<Uuid>,
        member_id -> Nullable<Uuid>,
        reason -> Text,
        note -> Text,
        detail -> Text,
        until -> Nullable<Timestamptz>,
        actor_id -> Uuid,
        actor_role -> Text,
        at -> Timestamptz,
        question_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    moderation_reasons (id) {
        id -> Text,
        name_en -> Text,
        name_zh -> Text,
        position -> Int4,
    }
}

diesel::table! {
    mutes (room_id, member_id) {
        room_id -> Uuid,
        member_id -> Uuid,
        until -> Timestamptz,
        act_id -> Uuid,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        name -> Text,
        constituency -> Text,
        created_at -> Timestamptz,
        name_key -> Text,
    }
}

diesel::table! {
    poll_additions (poll_id, member_id) {
        poll_id -> Uuid,
        member_id -> Uuid,
        name -> Text,
        constituency -> Text,
        note -> Text,
        added_by -> Uuid,
        at -> Timestamptz,
    }
}

diesel::table! {
    poll_options (poll_id, position) {
        poll_id -> Uuid,
        position -> Int4,
        text_en -> Text,
        text_zh -> Text,
    }
}

diesel::table! {
    poll_voters (poll_id, member_id) {
        poll_id -> Uuid,
        member_id -> Uuid,
        constituency -> Text,
        voted -> Bool,
        confirmed -> Bool,
        block -> Int2,
    }
}

diesel::table! {
    polls (id) {
        id -> Uuid,
        room_id -> Uuid,
        session_id -> Uuid,
        kind -> Text,
        state -> Text,
        question_en -> Text,
        question_zh -> Text,
        scale_max -> Nullable<Int4>,
        max_choices -> Nullable<Int4>,
        is_secret -> Bool,
        is_visible -> Bool,
        positions_public -> Bool,
        eligible_rule -> Text,
        languages -> Array<Text>,
        quorum_share -> Int4,
        created_by -> Uuid,
        created_at -> Timestamptz,
        opened_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
        eligible -> Int4,
        ballots -> Int4,
        results -> Nullable<Jsonb>,
        live -> Nullable<Jsonb>,
        step -> Int4,
        told_at -> Nullable<Timestamptz>,
        tell_at -> Nullable<Timestamptz>,
        with_session -> Bool,
    }
}

diesel::table! {
    post_revisions (post_id, revision) {
        post_id -> Uuid,
        revision -> Int4,
        body_md -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    posts (id) {
        id -> Uuid,
        room_id -> Uuid,
        thread_id -> Uuid,
        parent_id -> Nullable<Uuid>,
        depth -> Int4,
        seq -> Int8,
        author_id -> Uuid,
        attribution -> Text,
        author_name -> Text,
        author_organisation -> Text,
        constituency -> Text,
        author_confirmed -> Bool,
        lang -> Text,
        body_md -> Text,
        body_html -> Text,
        salt -> Bytea,
        client_id -> Uuid,
        request_hash -> Bytea,
        created_at -> Timestamptz,
        edited_at -> Nullable<Timestamptz>,
        revision -> Int4,
        hidden_at -> Nullable<Timestamptz>,
        hidden_reason -> Nullable<Text>,
        hidden_note -> Nullable<Text>,
        hidden_by -> Nullable<Uuid>,
        number -> Int4,
    }
}

diesel::table! {
    programmes (id) {
        id -> Uuid,
        slug -> Text,
        title -> Text,
        description -> Text,
        starts_on -> Nullable<Date>,
        ends_on -> Nullable<Date>,
        created_by -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    question_history (question_id, seq) {
        question_id -> Uuid,
        seq -> Int8,
        kind -> Text,
        reason -> Text,
        other_id -> Nullable<Uuid>,
        at -> Timestamptz,
    }
}

diesel::table! {
    question_supports (question_id, member_id) {
        question_id -> Uuid,
        member_id -> Uuid,
        constituency -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    questions (id) {
        id -> Uuid,
        room_id -> Uuid,
        session_id -> Uuid,
        seq -> Int8,
        author_id -> Uuid,
        on_behalf -> Bool,
        attribution -> Text,
        author_name -> Text,
        author_organisation -> Text,
        constituency -> Text,
        author_confirmed -> Bool,
        lang -> Text,
        body_md -> Text,
        body_html -> Text,
        salt -> Bytea,
        client_id -> Uuid,
        request_hash -> Bytea,
        created_at -> Timestamptz,
        state -> Text,
        state_at -> Timestamptz,
        support -> Jsonb,
        merged_into -> Nullable<Uuid>,
        hidden_at -> Nullable<Timestamptz>,
        hidden_reason -> Nullable<Text>,
        hidden_note -> Nullable<Text>,
        hidden_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    reactions (post_id, member_id, name) {
        post_id -> Uuid,
        member_id -> Uuid,
        name -> Text,
        constituency -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    read_floors (member_id, room_id) {
        member_id -> Uuid,
        room_id -> Uuid,
        seq -> Int8,
    }
}

diesel::table! {
    read_marks (member_id, thread_id) {
        member_id -> Uuid,
        thread_id -> Uuid,
        seq -> Int8,
        seen -> Multirange<Int8>,
    }
}

diesel::table! {
    removed_sessions (id) {
        id -> Uuid,
        room_id -> Uuid,
        title -> Text,
        title_zh -> Nullable<Text>,
        organisation -> Text,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        sequence -> Int4,
        removed_at -> Timestamptz,
    }
}

diesel::table! {
    rights_changes (id) {
        id -> Int8,
        xid -> Int8,
        member_id -> Uuid,
        at -> Timestamptz,
    }
}

diesel::table! {
    room_counts (room_id, constituency) {
        room_id -> Uuid,
        constituency -> Text,
        posts -> Int8,
    }
}

diesel::table! {
    room_log (room_id, seq) {
        room_id -> Uuid,
        seq -> Int8,
        kind -> Text,
        subject_id -> Uuid,
        actor_id -> Nullable<Uuid>,
        at -> Timestamptz,
        digest -> Bytea,
        prev -> Bytea,
    }
}

diesel::table! {
    room_presence (room_id, node_id, member_id) {
        room_id -> Uuid,
        node_id -> Uuid,
        member_id -> Uuid,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    room_roles (room_id, member_id) {
        room_id -> Uuid,
        member_id -> Uuid,
        role -> Text,
        granted_by -> Nullable<Uuid>,
        granted_at -> Timestamptz,
    }
}

diesel::table! {
    room_screens (room_id) {
        room_id -> Uuid,
        join_code -> Text,
        version -> Int8,
        scene -> Jsonb,
        changed_by -> Nullable<Uuid>,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    room_stats (room_id) {
        room_id -> Uuid,
        threads -> Int8,
        posts -> Int8,
        last_post_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    rooms (id) {
        id -> Uuid,
        programme_id -> Nullable<Uuid>,
        slug -> Text,
        title -> Text,
        description -> Text,
        kind -> Text,
        visibility -> Text,
        constituency -> Nullable<Text>,
        head_seq -> Int8,
        head_hash -> Bytea,
        slow_mode_s -> Int4,
        closed_at -> Nullable<Timestamptz>,
        created_by -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    screens (id) {
        id -> Uuid,
        token_hash -> Bytea,
        next_token_hash -> Nullable<Bytea>,
        settled -> Bool,
        code -> Nullable<Text>,
        code_expires_at -> Nullable<Timestamptz>,
        room_id -> Nullable<Uuid>,
        name -> Nullable<Text>,
        paired_by -> Nullable<Uuid>,
        paired_at -> Nullable<Timestamptz>,
        last_seen_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    secret_counts (poll_id, block, choice) {
        poll_id -> Uuid,
        block -> Int2,
        choice -> Int4,
        votes -> Int4,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        room_id -> Uuid,
        title -> Text,
        title_zh -> Nullable<Text>,
        organisation -> Text,
        starts_at -> Timestamptz,
        ends_at -> Timestamptz,
        state -> Text,
        started_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        thread_id -> Uuid,
        created_by -> Uuid,
        created_at -> Timestamptz,
        time_kind -> Text,
        planned_start -> Timestamptz,
        planned_end -> Timestamptz,
        sequence -> Int4,
        changed_at -> Timestamptz,
        materials -> Jsonb,
        present -> Jsonb,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Uuid,
        token_hash -> Bytea,
        member_id -> Uuid,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    speeches (id) {
        id -> Uuid,
        room_id -> Uuid,
        session_id -> Uuid,
        request_id -> Uuid,
        level -> Int2,
        limit_s -> Int4,
        started_at -> Timestamptz,
        ran_ms -> Int8,
        running_since -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    threads (id) {
        id -> Uuid,
        room_id -> Uuid,
        kind -> Text,
        title -> Text,
        lang -> Text,
        seq -> Int8,
        author_id -> Uuid,
        attribution -> Text,
        author_name -> Text,
        author_organisation -> Text,
        constituency -> Text,
        author_confirmed -> Bool,
        locked -> Bool,
        pinned -> Bool,
        post_count -> Int4,
        last_post_seq -> Int8,
        last_post_at -> Timestamptz,
        counts -> Jsonb,
        client_id -> Uuid,
        request_hash -> Bytea,
        created_at -> Timestamptz,
        question_id -> Nullable<Uuid>,
        review_first -> Bool,
    }
}

diesel::table! {
    transcript_lines (id) {
        id -> Uuid,
        room_id -> Uuid,
        session_id -> Uuid,
        seq -> Int8,
        author_id -> Uuid,
        lang -> Text,
        original_lang -> Text,
        body -> Text,
        salt -> Bytea,
        client_id -> Uuid,
        request_hash -> Bytea,
        at -> Timestamptz,
    }
}

diesel::table! {
    translations (id) {
        id -> Uuid,
        room_id -> Uuid,
        post_id -> Nullable<Uuid>,
        question_id -> Nullable<Uuid>,
        lang -> Text,
        state -> Text,
        body_md -> Text,
        body_html -> Text,
        salt -> Bytea,
        based_on -> Int4,
        version -> Int4,
        interpreter_id -> Uuid,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(agenda_shifts -> members (created_by));
diesel::joinable!(agenda_shifts -> rooms (room_id));
diesel::joinable!(calendar_feeds -> members (member_id));
diesel::joinable!(floor_requests -> sessions (session_id));
diesel::joinable!(floors -> sessions (session_id));
diesel::joinable!(held_posts -> moderation_reasons (reason));
diesel::joinable!(held_posts -> posts (parent_id));
diesel::joinable!(held_posts -> rooms (room_id));
diesel::joinable!(held_posts -> threads (thread_id));
diesel::joinable!(invitations -> constituencies (constituency));
diesel::joinable!(members -> constituencies (constituency));
diesel::joinable!(members -> organisations (organisation_id));
diesel::joinable!(moderation_acts -> moderation_reasons (reason));
diesel::joinable!(moderation_acts -> posts (post_id));
diesel::joinable!(moderation_acts -> rooms (room_id));
diesel::joinable!(moderation_acts -> threads (thread_id));
diesel::joinable!(mutes -> members (member_id));
diesel::joinable!(mutes -> moderation_acts (act_id));
diesel::joinable!(mutes -> rooms (room_id));
diesel::joinable!(organisations -> constituencies (constituency));
diesel::joinable!(poll_additions -> polls (poll_id));
diesel::joinable!(poll_options -> polls (poll_id));
diesel::joinable!(poll_voters -> members (member_id));
diesel::joinable!(poll_voters -> polls (poll_id));
diesel::joinable!(polls -> members (created_by));
diesel::joinable!(polls -> rooms (room_id));
diesel::joinable!(polls -> sessions (session_id));
diesel::joinable!(post_revisions -> posts (post_id));
diesel::joinable!(posts -> constituencies (constituency));
diesel::joinable!(posts -> rooms (room_id));
diesel::joinable!(posts -> threads (thread_id));
diesel::joinable!(programmes -> members (created_by));
diesel::joinable!(question_supports -> members (member_id));
diesel::joinable!(question_supports -> questions (question_id));
diesel::joinable!(reactions -> constituencies (constituency));
diesel::joinable!(reactions -> members (member_id));
diesel::joinable!(reactions -> posts (post_id));
diesel::joinable!(read_floors -> members (member_id));
diesel::joinable!(read_floors -> rooms (room_id));
diesel::joinable!(read_marks -> members (member_id));
diesel::joinable!(read_marks -> threads (thread_id));
diesel::joinable!(removed_sessions -> rooms (room_id));
diesel::joinable!(room_counts -> rooms (room_id));
diesel::joinable!(room_log -> members (actor_id));
diesel::joinable!(room_log -> rooms (room_id));
diesel::joinable!(room_roles -> rooms (room_id));
diesel::joinable!(room_screens -> rooms (room_id));
diesel::joinable!(room_stats -> rooms (room_id));
diesel::joinable!(rooms -> constituencies (constituency));
diesel::joinable!(rooms -> members (created_by));
diesel::joinable!(rooms -> programmes (programme_id));
diesel::joinable!(screens -> rooms (room_id));
diesel::joinable!(sessions -> members (created_by));
diesel::joinable!(sessions -> rooms (room_id));
diesel::joinable!(sessions -> threads (thread_id));
diesel::joinable!(sign_ins -> members (member_id));
diesel::joinable!(speeches -> floor_requests (request_id));
diesel::joinable!(speeches -> sessions (session_id));
diesel::joinable!(threads -> constituencies (constituency));
diesel::joinable!(threads -> members (author_id));
diesel::joinable!(threads -> rooms (room_id));

diesel::allow_tables_to_appear_in_same_query!(
    agenda_shifts,
    ballots,
    calendar_feeds,
    constituencies,
    floor_acts,
    floor_requests,
    floors,
    held_posts,
    installation,
    invitations,
    members,
    moderation_acts,
    moderation_reasons,
    mutes,
    organisations,
    poll_additions,
    poll_options,
    poll_voters,
    polls,
    post_revisions,
    posts,
    programmes,
    question_history,
    question_supports,
    questions,
    reactions,
    read_floors,
    read_marks,
    removed_sessions,
    rights_changes,
    room_counts,
    room_log,
    room_presence,
    room_roles,
    room_screens,
    room_stats,
    rooms,
    screens,
    secret_counts,
    sessions,
    sign_ins,
    speeches,
    threads,
    transcript_lines,
    translations,
);
