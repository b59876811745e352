-- What is talked about now, computed again every few minutes; kind: tag, post or link.
CREATE TABLE trends (
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  score DOUBLE NOT NULL,
  PRIMARY KEY (kind, subject_id)
) WITHOUT ROWID;
CREATE INDEX trends_order ON trends (kind, score, subject_id);

-- What never trends because somebody who runs the server said so.
CREATE TABLE trend_refusals (
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (kind, subject_id)
) WITHOUT ROWID;

CREATE INDEX marks_recent ON marks (kind, id);
