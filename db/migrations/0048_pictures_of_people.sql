-- A person's picture: a blob of the instance, which `blob_references` keeps, and what it was recognised as.
ALTER TABLE users
  ADD COLUMN avatar_blob_id text,
  ADD COLUMN avatar_type text CHECK (avatar_type IN ('image/png', 'image/jpeg', 'image/webp')),
  ADD CHECK ((avatar_blob_id IS NULL) = (avatar_type IS NULL));
GRANT SELECT (avatar_blob_id) ON users TO crewship_app;
