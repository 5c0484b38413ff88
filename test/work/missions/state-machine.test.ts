import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminalTask, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { readMission } from '../../support/mission-view.ts';
import { addCrew, addMission, beatHost, type ApiCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { BROKEN, DONE, finishOne, readTransitions, step } from './play-mission.ts';
import { perFile } from '../../support/world/per-file.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 12);

const api = perFile(() => startApiWithHost());

/** Every transition that docs/contracts/missions.md has. */
const MISSION_MOVES = new Set([
  'PLANNING IN_PROGRESS',
  'PLANNING CANCELLED',
  'IN_PROGRESS REVIEW',
  'IN_PROGRESS FAILED',
  'IN_PROGRESS CANCELLED',
  'REVIEW COMPLETED',
  'REVIEW IN_PROGRESS',
  'REVIEW FAILED',
  'REVIEW CANCELLED',
  'COMPLETED PLANNING',
  'FAILED PLANNING',
  'FAILED IN_PROGRESS',
  'CANCELLED PLANNING',
]);
const TASK_MOVES = new Set([
  'PENDING IN_PROGRESS',
  'PENDING SKIPPED',
  'PENDING BLOCKED',
  // An attempt that never began: its agent is gone, a dependency failed.
  'PENDING FAILED',
  'BLOCKED PENDING',
  'BLOCKED SKIPPED',
  'BLOCKED FAILED',
  'IN_PROGRESS COMPLETED',
  'IN_PROGRESS FAILED',
  'IN_PROGRESS SKIPPED',
  'IN_PROGRESS PENDING',
  'IN_PROGRESS AWAITING_APPROVAL',
  'AWAITING_APPROVAL COMPLETED',
  'AWAITING_APPROVAL FAILED',
  ...['PENDING', 'BLOCKED', 'IN_PROGRESS', 'AWAITING_APPROVAL'].map((from) => `${from} CANCELLED`),
  // Restart and resume.
  ...['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'].flatMap((from) => [`${from} PENDING`, `${from} BLOCKED`]),
]);

type Command =
  | { readonly kind: 'act'; readonly verb: 'start' | 'pause' | 'unpause' | 'cancel' | 'resume' | 'restart' }
  | { readonly kind: 'patch'; readonly status: string }
  | { readonly kind: 'task'; readonly task: number; readonly status: string }
  | { readonly kind: 'depend'; readonly task: number; readonly on: number }
  | { readonly kind: 'add' }
  | { readonly kind: 'decide'; readonly task: number; readonly verb: 'approve' | 'reject' }
  | { readonly kind: 'step' }
  | { readonly kind: 'settle'; readonly end: keyof typeof ENDS };

const ENDS = {
  done: { ...DONE, confidence: 0.95 },
  doubtful: { ...DONE, confidence: 0.2 },
  broken: BROKEN,
  lost: { outcome: { kind: 'lost' } },
  timeout: { outcome: { kind: 'timeout' } },
  planned: {
    ...DONE,
    plan: {
      tasks: [
        { title: 'First', key: 'one' },
        { title: 'Second', depends_on: ['one'], max_iterations: 2 },
      ],
    },
  },
  circular: { ...DONE, plan: { tasks: [{ title: 'Round', depends_on: [0] }] } },
  unstarted: { outcome: { kind: 'not_started', code: 'crew_start_failed' } },
} as const;

const task = fc.nat(5);
const weigh = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary });
const command = fc.oneof(
  weigh(
    5,
    fc.record({
      kind: fc.constant('act' as const),
      verb: fc.constantFrom('start', 'start', 'pause', 'unpause', 'cancel', 'resume', 'resume', 'restart'),
    }),
  ),
  weigh(
    2,
    fc.record({
      kind: fc.constant('patch' as const),
      status: fc.constantFrom('IN_PROGRESS', 'REVIEW', 'COMPLETED', 'FAILED', 'CANCELLED'),
    }),
  ),
  weigh(
    2,
    fc.record({
      kind: fc.constant('task' as const),
      task,
      status: fc.constantFrom('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'),
    }),
  ),
  weigh(1, fc.record({ kind: fc.constant('depend' as const), task, on: task })),
  weigh(1, fc.constant({ kind: 'add' as const })),
  weigh(
    3,
    fc.record({
      kind: fc.constant('decide' as const),
      task,
      verb: fc.constantFrom('approve' as const, 'reject' as const),
    }),
  ),
  weigh(5, fc.constant({ kind: 'step' as const })),
  weigh(
    5,
    fc.record({
      kind: fc.constant('settle' as const),
      end: fc.constantFrom<keyof typeof ENDS>(
        ...([
          'done',
          'done',
          'planned',
          'planned',
          'circular',
          'doubtful',
          'broken',
          'lost',
          'timeout',
          'unstarted',
        ] as const),
      ),
    }),
  ),
);

interface Game {
  readonly crew: ApiCrew;
  readonly id: string;
  readonly url: string;
  readonly taskIds: string[];
}

/** The answer's status; 0 for what is no request. */
async function play({ crew, id, url, taskIds }: Game, move: Command): Promise<number> {
  if ('task' in move && taskIds.length === 0) return 0;
  const call = async (method: 'POST' | 'PATCH', path: string, payload: object = {}) =>
    (await crew.owner.send(method, `${url}${path}`, payload)).statusCode;
  const at = (index: number) => `/tasks/${taskIds[index % taskIds.length]}`;
  switch (move.kind) {
    case 'act':
      return call('POST', `/${move.verb}`);
    case 'patch':
      return call('PATCH', '', { status: move.status });
    case 'task':
      return call('PATCH', at(move.task), { status: move.status });
    case 'depend':
      return call('PATCH', at(move.task), { depends_on: JSON.stringify([taskIds[move.on % taskIds.length]]) });
    case 'decide':
      return call('POST', `${at(move.task)}/${move.verb}`);
    case 'add': {
      const answer = await crew.owner.send('POST', `${url}/tasks`, {
        title: 'Added',
        max_iterations: 2,
        approval_required: true,
      });
      if (answer.statusCode === 201) taskIds.push(answer.json<{ id: string }>().id);
      return answer.statusCode;
    }
    case 'step':
      await step(api, crew, id);
      return 0;
    case 'settle':
      await finishOne(api, crew, id, ENDS[move.end]);
      for (const { id: taskId } of (await readMission(api.database, crew.workspaceId, id)).tasks) {
        if (!taskIds.includes(taskId)) taskIds.push(taskId);
      }
      return 0;
  }
}

/**
 * The journal tells of documented transitions only, each from where the one before ended, and ends where the rows are.
 */
async function judge({ crew, id }: Game): Promise<void> {
  const view = await readMission(api.database, crew.workspaceId, id);
  let mission = 'PLANNING';
  const tasks = new Map<string, string>();
  for (const entry of await readTransitions(api, id)) {
    if (entry.entry_type === 'audit.entity_created' && entry.task_id !== null) tasks.set(entry.task_id, entry.status!);
    if (entry.entry_type === 'mission.status_change') {
      expect(entry.from).toBe(mission);
      expect(MISSION_MOVES).toContain(`${entry.from} ${entry.to}`);
      mission = entry.to!;
    }
    if (entry.entry_type === 'task.status_change') {
      expect(entry.from).toBe(tasks.get(entry.task_id!));
      expect(TASK_MOVES).toContain(`${entry.from} ${entry.to}`);
      tasks.set(entry.task_id!, entry.to!);
    }
  }
  expect(view.status).toBe(mission);
  expect(Object.fromEntries(view.tasks.map((row) => [row.id, row.status]))).toEqual(Object.fromEntries(tasks));
  if (['REVIEW', 'FAILED', 'CANCELLED'].includes(view.status)) {
    expect(view.tasks.filter((row) => !isTerminalTask(row.status as TaskStatus))).toEqual([]);
  }
}

test('whatever is commanded in whatever order, no undocumented state is reached and the journal tells every move', async () => {
  const missions = fc.record({
    shape: fc.constantFrom<Record<string, string[]>>(
      { a: [] },
      { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] },
      { a: [], b: [], c: ['a'] },
      // Its lead makes the tasks.
      {},
    ),
    moves: fc.array(command, { minLength: 8, maxLength: 25 }),
  });
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(missions, async ({ shape, moves }) => {
      await beatHost(api);
      const crew = await addCrew(api);
      const thresholds = { auto_approve_threshold: 0.9, require_approval_below: 0.4 };
      const configured = await crew.owner.send('PATCH', `/api/v1/crews/${crew.crewId}`, {
        escalation_config: thresholds,
      });
      expect(configured.statusCode).toBe(200);
      const { id, url, tasks } = await addMission(crew, shape);
      const game = { crew, id, url, taskIds: Object.values(tasks) };
      // Begun, so that few sequences are spent on refusals alone.
      for (const move of [{ kind: 'act', verb: 'start' } as const, { kind: 'step' } as const, ...moves]) {
        expect([0, 200, 201, 400, 409], JSON.stringify(move)).toContain(await play(game, move));
      }
      await judge(game);
      for (const entry of await readTransitions(api, id)) {
        reached.add(entry.entry_type);
        if (entry.to !== null) reached.add(`${entry.entry_type} ${entry.to}`);
      }
    }),
    { numRuns: RUNS * 2, endOnFailure: true },
  );
  expect(reached).toContain('task.status_change AWAITING_APPROVAL');
  expect(reached).toContain('mission.status_change CANCELLED');
  expect(reached).toContain('mission.plan_accepted');
  expect(reached).toContain('mission.plan_refused');
}, 120_000);
