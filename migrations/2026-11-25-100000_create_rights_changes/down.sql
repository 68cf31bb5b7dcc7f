DROP TRIGGER sign_ins_end ON sign_ins;
DROP FUNCTION note_sign_in_end();
DROP TRIGGER members_rights ON members;
DROP FUNCTION note_member_rights();
DROP TABLE rights_changes;
