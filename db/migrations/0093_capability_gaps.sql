-- What agents could not do: reports of a time, each a job of the same id, and findings that reports made or saw again.
CREATE TABLE gap_reports (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  window_from timestamptz NOT NULL,
  window_to timestamptz NOT NULL,
  -- Null: of all agents.
  agent_id text,
  min_evidence integer NOT NULL CHECK (min_evidence BETWEEN 1 AND 20),
  -- How many findings of each severity; null: it is not done.
  counts jsonb CHECK (octet_length(counts::text) <= 1024),
  summary text NOT NULL DEFAULT '' CHECK (char_length(summary) <= 2000),
  created_by text CHECK (char_length(created_by) <= 64),
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (window_from < window_to),
  UNIQUE (workspace_id, id),
  FOREIGN KEY (workspace_id, id) REFERENCES jobs (workspace_id, id)
);
CREATE INDEX gap_reports_newest ON gap_reports (workspace_id, created_at DESC, id DESC);

CREATE TABLE gap_findings (
  id text PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES workspaces (id),
  -- Of what it is about: the same gap has the same one in all reports.
  fingerprint text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  category text NOT NULL CHECK (category IN ('missing_tool', 'missing_knowledge', 'missing_permission', 'low_quality',
    'repeated_failure', 'unanswered')),
  severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  status text NOT NULL DEFAULT 'open'
    CHECK (status IN ('open', 'acknowledged', 'in_progress', 'resolved', 'dismissed')),
  title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 500),
  agent_id text,
  -- What the newest report that saw it counted, and the newest of that.
  occurrences integer NOT NULL CHECK (occurrences > 0),
  evidence jsonb NOT NULL CHECK (octet_length(evidence::text) <= 8192),
  note text CHECK (char_length(note) <= 2000),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (workspace_id, fingerprint),
  UNIQUE (workspace_id, id)
);
CREATE INDEX gap_findings_newest ON gap_findings (workspace_id, last_seen_at DESC, id DESC);

CREATE TABLE gap_report_findings (
  workspace_id text NOT NULL,
  report_id text NOT NULL,
  finding_id text NOT NULL,
  PRIMARY KEY (report_id, finding_id),
  FOREIGN KEY (workspace_id, report_id) REFERENCES gap_reports (workspace_id, id),
  FOREIGN KEY (workspace_id, finding_id) REFERENCES gap_findings (workspace_id, id)
);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['gap_reports', 'gap_findings', 'gap_report_findings'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY app_workspace ON %I TO crewship_app '
      'USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[])) '
      'WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))', tenant_table);
    EXECUTE format('CREATE POLICY system_all ON %I TO crewship_system USING (true) WITH CHECK (true)', tenant_table);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON gap_reports, gap_findings TO crewship_app;
GRANT SELECT, INSERT ON gap_report_findings TO crewship_app;
GRANT SELECT ON gap_reports, gap_findings, gap_report_findings TO crewship_system;
