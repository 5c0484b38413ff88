-- What agents are taught: skills of a workspace, which stand before the instance's of the same slug.
CREATE TABLE skills (
  id text PRIMARY KEY,
  -- 'instance' for those that every workspace reads and none changes.
  workspace_id text NOT NULL CHECK (char_length(workspace_id) <= 64),
  slug text NOT NULL CHECK (char_length(slug) BETWEEN 2 AND 50),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  display_name text CHECK (char_length(display_name) <= 100),
  description text NOT NULL CHECK (char_length(description) BETWEEN 1 AND 1024),
  -- Markdown, without what stands above it in a SKILL.md: that is made of the other columns.
  content text NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 200000),
  category text NOT NULL CHECK (category IN ('CODING', 'AUTOMATION', 'DATA', 'DEVOPS', 'SUPPORT', 'SALES', 'WRITING',
    'RESEARCH', 'PM', 'DESIGN', 'SECURITY', 'FINANCE', 'OPS', 'CUSTOM')),
  source text NOT NULL CHECK (source IN ('BUNDLED', 'GENERATED', 'CUSTOM', 'URL')),
  -- Where it was imported from, and which state of it.
  source_url text CHECK (char_length(source_url) <= 2048),
  source_revision text CHECK (char_length(source_revision) <= 200),
  runtime text NOT NULL DEFAULT 'INSTRUCTIONS' CHECK (runtime IN ('INSTRUCTIONS', 'SCRIPT')),
  maturity text NOT NULL CHECK (maturity IN ('OFFICIAL', 'CURATED', 'COMMUNITY', 'EXPERIMENTAL')),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 30),
  icon text CHECK (char_length(icon) <= 100),
  author text CHECK (char_length(author) <= 200),
  vendor text CHECK (char_length(vendor) <= 100),
  homepage text CHECK (char_length(homepage) <= 2048),
  license text CHECK (char_length(license) <= 200),
  -- The license by its identifier of SPDX, where that is known.
  spdx_license text CHECK (char_length(spdx_license) <= 64),
  -- The version that its author gives it.
  release text CHECK (char_length(release) <= 64),
  changelog text CHECK (char_length(changelog) <= 10000),
  dependencies text[] NOT NULL DEFAULT '{}' CHECK (cardinality(dependencies) <= 50),
  allowed_tools text[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_tools) <= 100),
  allowed_domains text[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_domains) <= 100),
  -- Names of variables that its credentials are delivered in.
  credential_requirements text[] NOT NULL DEFAULT '{}' CHECK (cardinality(credential_requirements) <= 50),
  scan_status text NOT NULL CHECK (scan_status IN ('CLEAN', 'FLAGGED')),
  scan_findings text[] NOT NULL DEFAULT '{}' CHECK (cardinality(scan_findings) <= 20),
  description_quality text NOT NULL CHECK (description_quality IN ('GOOD', 'FAIR', 'POOR')),
  -- Of what agents are told; earlier ones are in skill_versions.
  version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  UNIQUE (workspace_id, id)
);
CREATE UNIQUE INDEX skills_slug_live ON skills (workspace_id, slug) WHERE deleted_at IS NULL;

CREATE TABLE skill_versions (
  workspace_id text NOT NULL,
  skill_id text NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  name text NOT NULL,
  description text NOT NULL,
  content text NOT NULL,
  -- Of all that agents are told of it, files included.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  changed_by text CHECK (char_length(changed_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (skill_id, version),
  FOREIGN KEY (workspace_id, skill_id) REFERENCES skills (workspace_id, id)
);

-- What stands beside a SKILL.md.
CREATE TABLE skill_files (
  workspace_id text NOT NULL,
  skill_id text NOT NULL,
  version integer NOT NULL,
  path text NOT NULL CHECK (char_length(path) BETWEEN 1 AND 200),
  content bytea NOT NULL CHECK (octet_length(content) <= 524288),
  is_executable boolean NOT NULL DEFAULT false,
  PRIMARY KEY (skill_id, version, path),
  FOREIGN KEY (skill_id, version) REFERENCES skill_versions (skill_id, version) ON DELETE CASCADE
);

CREATE TABLE agent_skills (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  agent_id text NOT NULL,
  -- Of the workspace, or of the instance.
  skill_id text NOT NULL REFERENCES skills (id),
  enabled boolean NOT NULL DEFAULT true,
  config jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(config::text) <= 131072),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (agent_id, skill_id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX agent_skills_of_skills ON agent_skills (skill_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['skills', 'skill_versions', 'skill_files', 'agent_skills'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
    EXECUTE format('GRANT SELECT ON %I TO crewship_system', tenant_table);
  END LOOP;
  -- The instance's are read by all and written by no application.
  FOREACH tenant_table IN ARRAY ARRAY['skills', 'skill_versions', 'skill_files'] LOOP
    EXECUTE format('CREATE POLICY app_instance ON %I FOR SELECT TO crewship_app '
      'USING (workspace_id = ''instance'')', tenant_table);
  END LOOP;
END
$$;
GRANT USAGE ON SCHEMA extensions TO crewship_app;
GRANT SELECT, INSERT, UPDATE ON skills TO crewship_app;
GRANT SELECT, INSERT, DELETE ON skill_versions, skill_files, agent_skills TO crewship_app;
