import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** Whose call it is, as the caller says it; the crew is proven. */
export interface ClaimedScope {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
  readonly missionId: string | null;
  readonly runId: string | null;
  /** Agent and run are proven by the run's token. */
  readonly isRunProven: boolean;
}

/** What the claim comes to: a run brings its mission and task. */
export interface CallScope {
  readonly missionId: string | null;
  readonly taskId: string | null;
  /** Whoever the run is for. */
  readonly userId: string | null;
  readonly projectId: string | null;
}

export interface CallScopes {
  /** The scopes of the claims, in their order; an error for one that names what is not the crew's. */
  resolve(claims: readonly ClaimedScope[]): Promise<(CallScope | CrewshipError)[]>;
}

const FORGET_MS = 60_000;
const MAX_KNOWN = 50_000;

interface Found {
  readonly kind: 'agent' | 'mission' | 'run';
  readonly crew_id: string;
  readonly id: string;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly user_id: string | null;
  readonly project_id: string | null;
}

const NOBODY = { userId: null, projectId: null };

const nameOf = (kind: Found['kind'], crewId: string, id: string): string => `${kind} ${crewId} ${id}`;

/**
 * Checks that agents, missions and runs are the crew's, one query for all that are not known. What was found is known
 * for a minute: who reports a call reports the next one too, and a run's mission and task never change. What was not
 * found is looked for each time.
 */
export function createCallScopes(db: Pick<Database, 'reads'>): CallScopes {
  let known = new Map<string, Found>();
  let forgetAt = 0;

  async function learn(claims: readonly ClaimedScope[]): Promise<void> {
    if (performance.now() > forgetAt || known.size > MAX_KNOWN) {
      known = new Map();
      forgetAt = performance.now() + FORGET_MS;
    }
    const wanted = new Map<string, { kind: string; crew_id: string; id: string }>();
    const workspaceIds = new Set<string>();
    for (const claim of claims) {
      for (const [kind, id] of [
        ['agent', claim.agentId],
        ['mission', claim.missionId],
        ['run', claim.runId],
      ] as const) {
        if (id === null) continue;
        const name = nameOf(kind, claim.crewId, id);
        if (known.has(name)) continue;
        wanted.set(name, { kind, crew_id: claim.crewId, id });
        workspaceIds.add(claim.workspaceId);
      }
    }
    if (wanted.size === 0) return;
    const rows = await db.reads.any<Found>(
      [...workspaceIds].sort(),
      sql`
        WITH wanted AS (
          SELECT * FROM json_to_recordset(${sql.rows([...wanted.values()])}) AS r(kind text, crew_id text, id text)
        )
        SELECT w.kind, w.crew_id, w.id, NULL AS mission_id, NULL AS task_id, NULL AS user_id, NULL AS project_id
        FROM wanted w JOIN agents a ON a.id = w.id AND a.crew_id = w.crew_id WHERE w.kind = 'agent'
        UNION ALL
        SELECT w.kind, w.crew_id, w.id, NULL, NULL, m.created_by, NULL
        FROM wanted w JOIN missions m ON m.id = w.id AND m.crew_id = w.crew_id WHERE w.kind = 'mission'
        UNION ALL
        SELECT w.kind, w.crew_id, w.id, r.mission_id, r.task_id, coalesce(m.created_by, r.triggered_by), r.project_id
        FROM wanted w JOIN runs r ON r.id = w.id AND r.crew_id = w.crew_id
          LEFT JOIN missions m ON m.id = r.mission_id WHERE w.kind = 'run'`,
    );
    for (const row of rows) known.set(nameOf(row.kind, row.crew_id, row.id), row);
  }

  function judge({ crewId, agentId, missionId, runId, isRunProven }: ClaimedScope): CallScope | CrewshipError {
    const run = runId === null ? undefined : known.get(nameOf('run', crewId, runId));
    // Of a proven run the row may be missing (an older state of the database came back), and its agent may have been
    // moved to another crew since.
    if (runId !== null && run === undefined && !isRunProven) {
      return new CrewshipError('forbidden', 'trace_id is no run of this crew');
    }
    if (agentId !== null && !isRunProven && !known.has(nameOf('agent', crewId, agentId))) {
      return new CrewshipError('forbidden', 'agent_id is not of this crew');
    }
    if (run !== undefined) {
      const { mission_id, task_id: taskId, user_id: userId, project_id: projectId } = run;
      if (missionId === null || missionId === mission_id) return { missionId: mission_id, taskId, userId, projectId };
      return new CrewshipError('forbidden', 'mission_id is not that of the run');
    }
    if (missionId === null) return { missionId, taskId: null, ...NOBODY };
    const mission = known.get(nameOf('mission', crewId, missionId));
    if (mission === undefined) return new CrewshipError('forbidden', 'mission_id is not of this crew');
    return { missionId, taskId: null, userId: mission.user_id, projectId: null };
  }

  return {
    async resolve(claims) {
      await learn(claims);
      return claims.map(judge);
    },
  };
}
