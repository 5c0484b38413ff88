import type { Crewship, JournalEntry, Mission } from '../../../clients/typescript/src/index.ts';
import { formatTable } from './format-table.ts';
import { type Names, narrate } from './narrate.ts';
import type { ShopMission } from './shop-mission.ts';

const ANSWER = {
  action: 'approve',
  resolution: 'roll back to 2.3 now, and repeat 2.4 on Monday with the payment timeout fixed.',
} as const;

/** The mission did not get to its review. */
export class MissionFailedError extends Error {
  readonly crewId: string;
  /** The last attempts of the tasks that failed. */
  readonly runIds: readonly string[];

  constructor(mission: Mission) {
    const failed = tasksOf(mission).filter((task) => task.status === 'FAILED');
    const reasons = failed.map((task) => `  “${task.title}”: ${task.error_message ?? task.error_code}`);
    super([`the mission is ${mission.status}: ${mission.failure_reason ?? ''}`, ...reasons].join('\n'));
    this.crewId = mission.crew_id;
    this.runIds = failed.flatMap((task) => (task.run_id === null ? [] : [task.run_id]));
  }
}

/**
 * Starts the mission, tells what happens as it happens, answers its question, accepts its result and prints it.
 * Rejects with {@link MissionFailedError}, or with the signal's reason.
 */
export async function runMission(
  crewship: Crewship,
  shop: ShopMission,
  options: { signal: AbortSignal; log: (line: string) => void },
): Promise<void> {
  const { log, signal } = options;
  const { crewId, missionId } = shop;
  const params = { crewId, missionId };
  const readMission = () => crewship.request('GET /api/v1/crews/{crewId}/missions/{missionId}', { params });
  const names = namesOf(await readMission());
  await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/start', { params });
  const filter = { crew_id: crewId, exclude_entry_type: 'exec.output_chunk' };
  for await (const entry of crewship.journal(filter, { after: 0, signal })) {
    const line = narrate(entry, names);
    if (line !== null) log(line);
    if (asks(entry)) await answerQuestion(crewship, String(entry.payload.escalation_id), crewId, log);
    const reached = entry.entry_type === 'mission.status_change' ? entry.payload.to : undefined;
    if (reached === 'REVIEW') {
      const body = { status: 'COMPLETED' } as const;
      await crewship.request('PATCH /api/v1/crews/{crewId}/missions/{missionId}', { params, body });
    }
    if (reached === 'COMPLETED') break;
    if (reached === 'FAILED' || reached === 'CANCELLED') throw new MissionFailedError(await readMission());
  }
  log('');
  log(await resultTable(crewship, await readMission()));
}

function tasksOf({ tasks = [] }: Mission) {
  return tasks;
}

function namesOf(mission: Mission): Names {
  return {
    agents: new Map(tasksOf(mission).map((task) => [task.assigned_agent_id ?? '', task.agent_name ?? ''])),
    tasks: new Map(tasksOf(mission).map((task) => [task.id, task.title])),
  };
}

function asks(entry: JournalEntry): boolean {
  return entry.entry_type === 'peer.escalation' && entry.payload.state === 'pending';
}

/** The question is in the escalation's row; the journal says only that there is one. */
async function answerQuestion(
  crewship: Crewship,
  escalationId: string,
  crewId: string,
  log: (line: string) => void,
): Promise<void> {
  const open = await crewship.request('GET /api/v1/crews/{crewId}/escalations', {
    params: { crewId },
    query: { status: 'PENDING' },
  });
  const question = open.find((escalation) => escalation.id === escalationId);
  if (question === undefined) return;
  log('');
  log(`      ${question.from_name}: ${question.reason}`);
  log(`      you: ${ANSWER.action}, ${ANSWER.resolution}`);
  log('');
  await crewship.request('PATCH /api/v1/escalations/{escalationId}/resolve', {
    params: { escalationId },
    body: ANSWER,
  });
}

async function resultTable(crewship: Crewship, mission: Mission): Promise<string> {
  const attempts = new Map<string | null, number>();
  for await (const run of crewship.list('GET /api/v1/runs', { query: { mission_id: mission.id, limit: 100 } })) {
    attempts.set(run.task_id, (attempts.get(run.task_id) ?? 0) + 1);
  }
  const rows = tasksOf(mission).map((task) => [
    task.title,
    task.agent_name ?? '',
    String(attempts.get(task.id) ?? 0),
    `${((task.duration_ms ?? 0) / 1_000).toFixed(2)} s`,
    task.result_summary ?? '',
    `$${task.estimated_cost.toFixed(6)}`,
  ]);
  const total = ['', '', '', '', '', `$${mission.total_estimated_cost.toFixed(6)}`];
  return formatTable(['task', 'agent', 'attempts', 'duration', 'result', 'cost'], [...rows, total]);
}
