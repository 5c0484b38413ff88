import {
  allScenarios,
  type ListedScenario,
  MOST_RESULTS,
  type Scenario,
  SCENARIOS,
} from '../../../domain/evidence/testing/scenario.ts';
import { SHIPPED_SCENARIOS } from '../../../domain/evidence/testing/shipped-scenarios.ts';
import type { TestRunInput } from '../../../domain/evidence/testing/test-run-job.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { resolveAgentIn } from '../../../db/crews/agents/resolve-agent-in.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { endOpenResults } from './play-results.ts';

/** The rows of a run go with its job, whoever asked for that. */
export const testRunEffect: JobEffect = {
  async requested(tx, job, given, actor) {
    // As the kind's schema made it.
    const input = given as unknown as TestRunInput;
    const workspaceId = job.workspace_id;
    if (actor.type !== 'user' || actor.id === null) throw new CrewshipError('forbidden', 'a run is somebody’s');
    const played = chosen(await readScenarios(tx, workspaceId), input);
    if (played.length * input.repeat > MOST_RESULTS) {
      throw invalidField('repeat', `scenarios are played at most ${MOST_RESULTS} times by a run`);
    }
    const agent = input.agent === null ? null : await resolveAgentIn(tx, workspaceId, input.agent);
    if (agent !== null) await refuseOpenNetwork(tx, agent.id);
    if (input.baseline_run_id !== null) {
      const baseline = await tx.maybeOne(sql`
        SELECT 1 FROM testing_runs WHERE id = ${input.baseline_run_id} AND workspace_id = ${workspaceId}`);
      if (baseline === null) throw notFound('baseline run');
    }
    const results = Array.from({ length: input.repeat }, (_, index) => index + 1).flatMap((attempt) =>
      played.map(({ source: _source, ...scenario }) => ({ attempt, scenario, scenario_id: scenario.id })),
    );
    await tx.execute(sql`
      INSERT INTO testing_runs (id, workspace_id, agent_id, baseline_run_id, total, created_by)
      VALUES (${job.id}, ${workspaceId}, ${agent?.id ?? null}, ${input.baseline_run_id}, ${results.length},
        ${actor.id})`);
    await tx.execute(sql`
      INSERT INTO testing_results (workspace_id, run_id, place, scenario, scenario_id, attempt)
      SELECT ${workspaceId}, ${job.id}, r.place, r.scenario, r.scenario_id, r.attempt
      FROM json_to_recordset(${sql.rows(results.map((result, place) => ({ ...result, place })))})
        AS r(place integer, scenario jsonb, scenario_id text, attempt integer)`);
    tx.journal({
      actor,
      workspaceId,
      targetType: 'test_run',
      targetId: job.id,
      type: 'testing.run_started',
      summary: 'scenarios are played',
      payload: { run_id: job.id, total: results.length },
    });
  },
  ended: endOpenResults,
};

async function readScenarios(tx: Tx, workspaceId: string): Promise<readonly ListedScenario[]> {
  const own = await tx.maybeOne<{ body: { scenarios: readonly Scenario[] } }>(sql`
    SELECT body FROM config_documents WHERE workspace_id = ${workspaceId} AND kind = ${SCENARIOS} AND key = ''`);
  return allScenarios(SHIPPED_SCENARIOS, own?.body.scenarios ?? []);
}

/** Throws `invalid_request` for an id that none has, and where none is left. */
function chosen(all: readonly ListedScenario[], { scenario_ids: ids, tags }: TestRunInput): readonly ListedScenario[] {
  const unknown = ids.findIndex((id) => !all.some((scenario) => scenario.id === id && scenario.enabled));
  if (unknown !== -1) throw invalidField(`scenario_ids.${unknown}`, 'is no scenario that is enabled');
  const isWanted = (scenario: Scenario) =>
    (ids.length === 0 && tags.length === 0) ||
    ids.includes(scenario.id) ||
    scenario.tags.some((tag) => tags.includes(tag));
  const found = all.filter((scenario) => scenario.enabled && isWanted(scenario));
  if (found.length === 0) throw invalidField(tags.length > 0 ? 'tags' : 'scenario_ids', 'match no scenario');
  return found;
}

/** What reaches the world beside its host could not be kept from it. Throws `conflict`. */
export async function refuseOpenNetwork(tx: Tx, agentId: string): Promise<void> {
  const crew = await tx.maybeOne<{ network_mode: string }>(sql`
    SELECT c.network_mode FROM agents a JOIN crews c ON c.id = a.crew_id WHERE a.id = ${agentId}`);
  if (crew?.network_mode !== 'free') return;
  throw new CrewshipError('conflict', 'the agent’s crew has an open network: scenarios have no effects outside', {
    extensions: { reason: 'open_network' },
  });
}
