-- The rest of the mission engine: planning runs of the lead, circuits of agents that keep failing, answers that come
-- late, and a clock that stands while agents wait for people.

-- What an attempt is for: the work of a task (or none), or the plan of a mission that was started without tasks.
ALTER TABLE runs ADD COLUMN purpose text NOT NULL DEFAULT 'work' CHECK (purpose IN ('work', 'planning'));
CREATE UNIQUE INDEX runs_planning_attempt ON runs (mission_id, generation, iteration, attempt_no)
  WHERE purpose = 'planning';

ALTER TABLE missions
  -- The plan under way: 1, or 2 after a refused one; null when the mission has its tasks.
  ADD COLUMN planning_iteration integer CHECK (planning_iteration BETWEEN 1 AND 2),
  ADD COLUMN planning_run_id text,
  -- Why the first plan was refused, for the lead's second run.
  ADD COLUMN plan_problems text[],
  -- Why planning is over without a plan; the mission's next step fails it with this.
  ADD COLUMN planning_failure text CHECK (char_length(planning_failure) <= 2000),
  -- When the stop of the clock ends by itself: the earliest end of a waiting agent's window; null: by a change only.
  ADD COLUMN clock_stop_ends_at timestamptz;

ALTER TABLE agents
  ADD COLUMN consecutive_failures integer NOT NULL DEFAULT 0 CHECK (consecutive_failures >= 0),
  ADD COLUMN circuit_opened_at timestamptz,
  -- The one attempt that is let through after the cool-down; it counts while it lives.
  ADD COLUMN circuit_trial_run_id text;
CREATE INDEX agents_circuit_open ON agents (crew_id) WHERE circuit_opened_at IS NOT NULL;

ALTER TABLE escalations
  -- What the answer did when it came.
  ADD COLUMN delivery text CHECK (delivery IN ('waiter', 'running_task', 'next_task', 'none')),
  -- The attempt that a late answer belongs to; another one takes it over only when that one ended without it.
  ADD COLUMN delivery_run_id text,
  ADD COLUMN delivered_at timestamptz,
  ADD COLUMN delivered_via text CHECK (delivered_via IN ('input', 'request')),
  ADD COLUMN acknowledged_at timestamptz;
CREATE INDEX escalations_mission_pending ON escalations (mission_id) WHERE status = 'PENDING';
CREATE INDEX escalations_late_mission ON escalations (mission_id)
  WHERE delivery IN ('running_task', 'next_task') AND acknowledged_at IS NULL;
CREATE INDEX escalations_late_run ON escalations (delivery_run_id)
  WHERE delivery_run_id IS NOT NULL AND acknowledged_at IS NULL;
