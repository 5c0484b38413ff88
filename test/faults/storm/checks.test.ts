import { expect, test } from 'vitest';
import { compareJournal, type Entry } from './check-journal.ts';
import { type AttemptRow, checkAttempts, checkLines } from './check-rows.ts';
import { KILLABLE, killsOf, planStrikes } from './kill-schedule.ts';
import { createRandom } from './random.ts';
import type { AgentLine } from './read-lines.ts';
import { planMissions } from './storm-missions.ts';
import type { Transition } from './transition-witness.ts';

/** What the storm holds its outcome against has to notice what is wrong. */

const attempt = (changes: Partial<AttemptRow> = {}): AttemptRow => ({
  id: 'run-1',
  mission_id: 'mission',
  task_id: 'task',
  status: 'COMPLETED',
  iteration: 1,
  attempt_no: 1,
  predecessor_id: null,
  error_code: null,
  output_offset: 24,
  output: 'start run-1\nend run-1\n',
  output_gapless: true,
  ...changes,
});
const line = (changes: Partial<AgentLine> = {}): AgentLine => ({
  event: 'start',
  run: 'run-1',
  task: 'task',
  mission: 'mission',
  iteration: 1,
  attempt: 1,
  process: 'one',
  ...changes,
});
const ranOnce = [line(), line({ event: 'end' })];

test('an attempt that ran once is in order', () => {
  expect(checkLines([attempt()], ranOnce)).toEqual([]);
});

test.each([
  ['of no attempt', [...ranOnce, line({ run: 'run-2' })]],
  ['of another task', [line({ task: 'other' }), line({ event: 'end' })]],
  ['of a second process', [...ranOnce, line({ process: 'two' })]],
  ['that is missing', [line()]],
])('a line %s is noticed', (_what, lines) => {
  expect(checkLines([attempt()], lines)).not.toEqual([]);
});

test('output stored twice, or with a gap, is noticed', () => {
  expect(checkLines([attempt({ output: 'start run-1\nstart run-1\nend run-1\n' })], ranOnce)).not.toEqual([]);
  expect(checkLines([attempt({ output_gapless: false })], ranOnce)).not.toEqual([]);
});

test('an attempt too many, and one that does not name the one before it, are noticed', () => {
  const expected = { status: 'COMPLETED', attempts: 2, lost: 0 } as const;
  const task = { dependsOn: [], behaviour: { kind: 'retry', ms: 1 }, agent: 0, maxIterations: 3, expected } as const;
  const spec = { title: 'one task', crew: 0, tasks: [task], expectedStatus: 'REVIEW' } as const;
  const missions = [{ spec, id: 'mission', workspaceId: 'workspace', crewId: 'crew', taskIds: ['task'] }];
  const second = attempt({ id: 'run-2', iteration: 2, predecessor_id: 'run-1' });
  expect(checkAttempts(missions, [attempt(), second])).toEqual([]);
  expect(checkAttempts(missions, [attempt(), { ...second, predecessor_id: null }])).not.toEqual([]);
  const third = attempt({ id: 'run-3', iteration: 2, attempt_no: 2, predecessor_id: 'run-2' });
  expect(checkAttempts(missions, [attempt(), second, third])).not.toEqual([]);
});

test('a transition that the journal lacks, doubles, reorders or invents is noticed', () => {
  const moves: Transition[] = [
    { kind: 'task', id: 'task', from: null, to: 'PENDING' },
    { kind: 'task', id: 'task', from: 'PENDING', to: 'IN_PROGRESS' },
    { kind: 'task', id: 'task', from: 'IN_PROGRESS', to: 'COMPLETED' },
  ];
  const entries: Entry[] = moves.map(({ from, to }) => ({
    entry_type: from === null ? 'audit.entity_created' : 'task.status_change',
    mission_id: 'mission',
    task_id: 'task',
    target_id: 'task',
    payload: from === null ? { status: to } : { from, to },
  }));
  const [made, started, ended] = entries as [Entry, Entry, Entry];
  expect(compareJournal(moves, entries)).toEqual([]);
  for (const wrong of [
    [made, started],
    [...entries, ended],
    [made, ended, started],
  ]) {
    expect(compareJournal(moves, wrong)).not.toEqual([]);
  }
  expect(compareJournal(moves, [...entries, { ...made, task_id: 'other' }])).not.toEqual([]);
});

test('a seed plays the same storm again: every component dies, as often as was asked for', () => {
  const strikes = planStrikes(createRandom(7), 30);
  expect(planStrikes(createRandom(7), 30)).toEqual(strikes);
  expect(strikes.reduce((sum, strike) => sum + killsOf(strike), 0)).toBe(30);
  expect(new Set(strikes.flatMap((strike) => strike.targets))).toEqual(new Set(KILLABLE));
  const size = { missions: 20, tasks: 10, crews: 4, agents: 3 };
  expect(planMissions(createRandom(7), size)).toEqual(planMissions(createRandom(7), size));
});
