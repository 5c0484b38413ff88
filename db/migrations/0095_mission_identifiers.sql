-- Missions have names that people can say: MIS-1, MIS-2, …, counted in each workspace by the counter
-- of its issues: a crew's issues may have that prefix too, and an identifier is one thing.

ALTER TABLE issue_counters RENAME TO identifier_counters;
ALTER TABLE identifier_counters RENAME CONSTRAINT issue_counters_pkey TO identifier_counters_pkey;
ALTER TABLE identifier_counters
  RENAME CONSTRAINT issue_counters_workspace_id_fkey TO identifier_counters_workspace_id_fkey;

ALTER TABLE missions ADD COLUMN number integer CHECK (number > 0);

-- What there is already is numbered in the order in which it was made, after issues of that prefix.
ALTER TABLE missions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE identifier_counters NO FORCE ROW LEVEL SECURITY;
UPDATE missions m SET number = made.place + coalesce(c.last_number, 0)
FROM (
  SELECT id, workspace_id, row_number() OVER (PARTITION BY workspace_id ORDER BY created_at, id) AS place
  FROM missions
) made LEFT JOIN identifier_counters c ON c.workspace_id = made.workspace_id AND c.prefix = 'MIS'
WHERE made.id = m.id;
INSERT INTO identifier_counters (workspace_id, prefix, last_number)
SELECT workspace_id, 'MIS', max(number) FROM missions GROUP BY workspace_id
ON CONFLICT (workspace_id, prefix) DO UPDATE SET last_number = excluded.last_number;
ALTER TABLE identifier_counters FORCE ROW LEVEL SECURITY;
ALTER TABLE missions FORCE ROW LEVEL SECURITY;

ALTER TABLE missions ALTER COLUMN number SET NOT NULL;
ALTER TABLE missions ADD COLUMN identifier text NOT NULL GENERATED ALWAYS AS ('MIS-' || number) STORED;
CREATE UNIQUE INDEX missions_number ON missions (workspace_id, number);
