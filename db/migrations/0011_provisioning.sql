-- What a crew's image is built from, as its author wrote it, and whether a workspace's crews may be privileged.
ALTER TABLE crews
  ADD COLUMN devcontainer_config text CHECK (octet_length(devcontainer_config) <= 102400),
  ADD COLUMN mise_config text CHECK (octet_length(mise_config) <= 10240);

ALTER TABLE workspaces ADD COLUMN allow_privileged_credentials boolean NOT NULL DEFAULT false;
GRANT UPDATE (allow_privileged_credentials) ON workspaces TO crewship_app;
