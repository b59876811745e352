DROP TABLE active_weeks;
DROP TABLE instance_rules;
DROP TABLE instance_texts;
