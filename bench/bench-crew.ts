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
  const crew = await bench.api.call<{ id: string }>('POST', '/api/v1/crews', {
    name: `Bench ${options.slug}`,
    slug: options.slug,
    container_memory_mb: 512,
    max_concurrent_runs: options.maxConcurrentRuns,
  });
  const lead = await bench.api.call<{ id: string }>('POST', '/api/v1/agents', {
    name: `Lead of ${options.slug}`,
    slug: `${options.slug}-lead`,
    crew_id: crew.id,
    agent_role: 'LEAD',
    cli_adapter: 'COMMAND',
    command: ['/bin/sh', `${TOOLS}/${options.program}`],
    max_concurrent_runs: options.maxConcurrentRuns,
  });
  return { id: crew.id, leadId: lead.id };
}

/** A mission of the crew in PLANNING whose `length` tasks depend on each other in a chain. Returns its id. */
export async function createChainMission(bench: BenchStack, crew: BenchCrew, length: number): Promise<string> {
  const base = `/api/v1/crews/${crew.id}/missions`;
  const mission = await bench.api.call<{ id: string }>('POST', base, {
    title: `A chain of ${length}`,
    lead_agent_id: crew.leadId,
  });
  let previous: string | undefined;
  for (let order = 1; order <= length; order += 1) {
    const task = await bench.api.call<{ id: string }>('POST', `${base}/${mission.id}/tasks`, {
      title: `Link ${order}`,
      task_order: order,
      depends_on: previous === undefined ? [] : [previous],
    });
    previous = task.id;
  }
  return mission.id;
}

export function startMission(bench: BenchStack, crew: BenchCrew, missionId: string): Promise<unknown> {
  return bench.api.call('POST', `/api/v1/crews/${crew.id}/missions/${missionId}/start`);
}

/** Asks the rows until they say so; rejects with what is missing when they do not within `deadlineMs`. */
export async function untilRows(what: string, deadlineMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not after ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
