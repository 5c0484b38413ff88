import type { Input } from '../clients/typescript/src/index.ts';
import type { BenchStack } from './bench-stack.ts';

export interface BenchCrew {
  readonly id: string;
  readonly leadId: string;
}

const TOOLS = '/opt/crewship/tools';

/** A crew with one agent, its LEAD, that runs a program of bench/agents. */
export async function createBenchCrew(
  bench: BenchStack,
  options: { slug: string; program: string; maxConcurrentRuns: number },
): Promise<BenchCrew> {
  const crew = await bench.crewship.request('POST /api/v1/crews', {
    body: {
      name: `Bench ${options.slug}`,
      slug: options.slug,
      container_memory_mb: 512,
      max_concurrent_runs: options.maxConcurrentRuns,
    },
  });
  const lead = await bench.crewship.request('POST /api/v1/agents', {
    body: {
      name: `Lead of ${options.slug}`,
      slug: `${options.slug}-lead`,
      crew_id: crew.id,
      agent_role: 'LEAD',
      cli_adapter: 'COMMAND',
      command: ['/bin/sh', `${TOOLS}/${options.program}`],
      max_concurrent_runs: options.maxConcurrentRuns,
    },
  });
  return { id: crew.id, leadId: lead.id };
}

/** A mission of the crew in PLANNING, without tasks. Returns its id. */
export async function createMission(bench: BenchStack, crew: BenchCrew, title: string): Promise<string> {
  const mission = await bench.crewship.request('POST /api/v1/crews/{crewId}/missions', {
    params: { crewId: crew.id },
    body: { title, lead_agent_id: crew.leadId },
  });
  return mission.id;
}

/** Adds a task to a mission; returns its id. */
export async function createTask(
  bench: BenchStack,
  crew: BenchCrew,
  missionId: string,
  body: Input<'POST /api/v1/crews/{crewId}/missions/{missionId}/tasks'>['body'],
): Promise<string> {
  const params = { crewId: crew.id, missionId };
  return (await bench.crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/tasks', { params, body })).id;
}

/** A mission of the crew in PLANNING whose `length` tasks depend on each other in a chain. Returns its id. */
export async function createChainMission(bench: BenchStack, crew: BenchCrew, length: number): Promise<string> {
  const missionId = await createMission(bench, crew, `A chain of ${length}`);
  let previous: string | undefined;
  for (let order = 1; order <= length; order += 1) {
    previous = await createTask(bench, crew, missionId, {
      title: `Link ${order}`,
      task_order: order,
      depends_on: previous === undefined ? [] : [previous],
    });
  }
  return missionId;
}

export function startMission(bench: BenchStack, crew: BenchCrew, missionId: string): Promise<unknown> {
  const params = { crewId: crew.id, missionId };
  // What is measured is a start, not the keeping of its answer.
  return bench.crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/start', {
    params,
    idempotencyKey: null,
  });
}

/** Asks the rows until they say so; rejects with what is missing when they do not within `deadlineMs`. */
export async function untilRows(what: string, deadlineMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not after ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
