DROP TABLE transcript_lines, translations;
