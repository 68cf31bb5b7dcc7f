DROP TABLE calendar_feeds, removed_sessions, agenda_shifts;
ALTER TABLE sessions
    DROP CONSTRAINT sessions_plan_check,
    DROP COLUMN time_kind,
    DROP COLUMN planned_start,
    DROP COLUMN planned_end,
    DROP COLUMN sequence,
    DROP COLUMN changed_at,
    DROP COLUMN materials;
