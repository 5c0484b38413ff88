-- Which program and which token a crew's sidecar runs with, and whether another one is to be started beside it. Rows from
-- before know neither, so their sidecars are replaced once.
ALTER TABLE crews
  ADD COLUMN sidecar_file text CHECK (char_length(sidecar_file) <= 64),
  ADD COLUMN sidecar_token_fp text CHECK (char_length(sidecar_token_fp) <= 64),
  ADD COLUMN sidecar_outdated boolean NOT NULL DEFAULT false;
