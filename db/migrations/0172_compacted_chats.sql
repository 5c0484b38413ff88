-- What agents are told of the older part of a long chat, in its place.
ALTER TABLE chats
  ADD COLUMN compacted text CHECK (char_length(compacted) <= 16000),
  -- The newest message that it stands for.
  ADD COLUMN compacted_seq bigint NOT NULL DEFAULT 0,
  ADD COLUMN compacted_at timestamptz,
  -- The newest message when it was asked for last.
  ADD COLUMN compact_asked_seq bigint NOT NULL DEFAULT 0,
  ADD CHECK ((compacted IS NULL) = (compacted_at IS NULL));
