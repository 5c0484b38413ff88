-- Which configuration a run was started with: by its kind the key and the version.
ALTER TABLE runs ADD COLUMN config_versions jsonb NOT NULL DEFAULT '{}'
  CHECK (octet_length(config_versions::text) <= 2048);
