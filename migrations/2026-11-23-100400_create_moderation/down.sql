DROP TABLE mutes, moderation_acts, moderation_reasons;
