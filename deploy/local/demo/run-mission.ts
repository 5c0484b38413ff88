import type { ApiClient } from './api-client.ts';
import { type Entry, followJournal } from './follow-journal.ts';
import { formatTable } from './format-table.ts';
import { type Names, narrate } from './narrate.ts';
import type { ShopMission } from './shop-mission.ts';

const ANSWER = {
  action: 'approve',
  resolution: 'roll back to 2.3 now, and repeat 2.4 on Monday with the payment timeout fixed.',
} as const;

interface TaskView {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly assigned_agent_id: string;
  readonly agent_name: string;
  readonly duration_ms: number | null;
  readonly estimated_cost: number;
  readonly result_summary: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly run_id: string | null;
}

interface MissionView {
  readonly crew_id: string;
  readonly status: string;
  readonly failure_reason: string | null;
  readonly total_estimated_cost: number;
  readonly tasks: readonly TaskView[];
}

/** The mission did not get to its review. */
export class MissionFailedError extends Error {
  readonly crewId: string;
  /** The last attempts of the tasks that failed. */
  readonly runIds: readonly string[];

  constructor(mission: MissionView) {
    const failed = mission.tasks.filter((task) => task.status === 'FAILED');
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
  api: ApiClient,
  shop: ShopMission,
  options: { signal: AbortSignal; log: (line: string) => void },
): Promise<void> {
  const { log } = options;
  const names = namesOf(await api.call<MissionView>('GET', shop.path));
  await api.call('POST', `${shop.path}/start`);
  for await (const entry of followJournal(api, shop.crewId, options.signal)) {
    const line = narrate(entry, names);
    if (line !== null) log(line);
    if (asks(entry)) await answerQuestion(api, String(entry.payload.escalation_id), shop.crewId, log);
    const reached = entry.entry_type === 'mission.status_change' ? entry.payload.to : undefined;
    if (reached === 'REVIEW') await api.call('PATCH', shop.path, { status: 'COMPLETED' });
    if (reached === 'COMPLETED') break;
    if (reached === 'FAILED' || reached === 'CANCELLED') {
      throw new MissionFailedError(await api.call<MissionView>('GET', shop.path));
    }
  }
  log('');
  log(await resultTable(api, shop));
}

function namesOf(mission: MissionView): Names {
  return {
    agents: new Map(mission.tasks.map((task) => [task.assigned_agent_id, task.agent_name])),
    tasks: new Map(mission.tasks.map((task) => [task.id, task.title])),
  };
}

function asks(entry: Entry): boolean {
  return entry.entry_type === 'peer.escalation' && entry.payload.state === 'pending';
}

/** The question is in the escalation's row; the journal says only that there is one. */
async function answerQuestion(api: ApiClient, id: string, crewId: string, log: (line: string) => void): Promise<void> {
  const open = await api.call<{ id: string; reason: string; from_name: string }[]>(
    'GET',
    `/api/v1/crews/${crewId}/escalations?status=PENDING`,
  );
  const question = open.find((escalation) => escalation.id === id);
  if (question === undefined) return;
  log('');
  log(`      ${question.from_name}: ${question.reason}`);
  log(`      you: ${ANSWER.action}, ${ANSWER.resolution}`);
  log('');
  await api.call('PATCH', `/api/v1/escalations/${id}/resolve`, ANSWER);
}

async function resultTable(api: ApiClient, shop: ShopMission): Promise<string> {
  const mission = await api.call<MissionView>('GET', shop.path);
  const { data: runs } = await api.call<{ data: { task_id: string }[] }>(
    'GET',
    `/api/v1/runs?mission_id=${shop.missionId}&limit=100`,
  );
  const rows = mission.tasks.map((task) => [
    task.title,
    task.agent_name,
    String(runs.filter((run) => run.task_id === task.id).length),
    `${((task.duration_ms ?? 0) / 1_000).toFixed(2)} s`,
    task.result_summary ?? '',
    `$${task.estimated_cost.toFixed(6)}`,
  ]);
  const total = ['', '', '', '', '', `$${mission.total_estimated_cost.toFixed(6)}`];
  return formatTable(['task', 'agent', 'attempts', 'duration', 'result', 'cost'], [...rows, total]);
}
