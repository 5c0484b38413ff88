import { expect, test } from 'vitest';
import { isReplaced, retryDelayMs, type RunOutcome, settleRun, verdictOn } from './settle-run.ts';

const first = { iteration: 1, lostBefore: 0, maxIterations: 3 };

test('exit code 0 completes, with or without a result', () => {
  expect(settleRun({ kind: 'exited', exitCode: 0, result: 'missing' }, first).task).toEqual({ status: 'COMPLETED' });
});

test('a result that cannot be read fails the attempt', () => {
  expect(settleRun({ kind: 'exited', exitCode: 0, result: 'invalid' }, { ...first, maxIterations: null })).toEqual({
    runStatus: 'FAILED',
    errorCode: 'invalid_result',
    task: { status: 'FAILED' },
  });
});

test('an agent that says it failed has failed, whatever its exit code', () => {
  for (const exitCode of [0, 1]) {
    expect(settleRun({ kind: 'exited', exitCode, result: 'failed' }, { ...first, maxIterations: 1 })).toEqual({
      runStatus: 'FAILED',
      errorCode: 'agent_error',
      task: { status: 'FAILED' },
    });
  }
});

test('a failure is retried with a growing pause while iterations are left', () => {
  expect(settleRun({ kind: 'exited', exitCode: 7, result: 'missing' }, first).task).toEqual({
    status: 'PENDING',
    iteration: 2,
    retryInMs: 1_000,
  });
  expect(settleRun({ kind: 'timeout' }, { ...first, iteration: 3 }).task).toEqual({ status: 'FAILED' });
  expect([1, 2, 3, 30].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 60_000]);
});

test('a lost run is replaced twice in the same iteration, at once', () => {
  expect(settleRun({ kind: 'lost' }, first).task).toEqual({ status: 'PENDING', iteration: 1, retryInMs: 0 });
  expect(settleRun({ kind: 'lost' }, { ...first, lostBefore: 2 }).task).toEqual({ status: 'FAILED' });
});

test('a run that is lost with its container is replaced more often, with a growing pause, and blames nobody', () => {
  const lost: RunOutcome = { kind: 'lost', withContainer: true };
  const after = (lostBefore: number) => settleRun(lost, { ...first, lostBefore }).task;
  expect([0, 1, 2, 7].map(after)).toEqual(
    [0, 1_000, 2_000, 60_000].map((retryInMs) => ({ status: 'PENDING', iteration: 1, retryInMs })),
  );
  expect(after(8)).toEqual({ status: 'FAILED' });
  expect(verdictOn(settleRun(lost, { ...first, lostBefore: 8 }), lost)).toBe('nothing');
});

test('a limit that ended an attempt is its code, where the attempt did not end well', () => {
  const code = (exitCode: number) =>
    settleRun({ kind: 'exited', exitCode, result: 'missing', hit: 'out_of_memory' }, first).errorCode;
  expect([0, 1, 137].map(code)).toEqual([null, 'out_of_memory', 'out_of_memory']);
});

test('a restarted run is replaced in the same iteration, however often and whatever was lost before', () => {
  const restarted = settleRun({ kind: 'restarted' }, { ...first, lostBefore: 2, maxIterations: null });
  expect(restarted).toEqual({
    runStatus: 'CANCELLED',
    errorCode: 'restarted',
    task: { status: 'PENDING', iteration: 1, retryInMs: 0 },
  });
  expect(isReplaced(restarted)).toBe(true);
  expect(verdictOn(restarted, { kind: 'restarted' })).toBe('nothing');
  expect(isReplaced(settleRun({ kind: 'timeout' }, first))).toBe(false);
});

test('a cancelled run cancels its task and is never retried', () => {
  expect(settleRun({ kind: 'cancelled' }, first).task).toEqual({ status: 'CANCELLED' });
});

test('only an attempt that ends its task says something of its agent, and only if it began', () => {
  const verdict = (outcome: RunOutcome, attempt = { ...first, maxIterations: null as number | null }) =>
    verdictOn(settleRun(outcome, attempt), outcome);
  const failed: RunOutcome = { kind: 'exited', exitCode: 1, result: 'missing' };
  expect(verdict({ kind: 'exited', exitCode: 0, result: 'ok' })).toBe('success');
  expect(verdict(failed)).toBe('failure');
  expect(verdict({ kind: 'timeout' })).toBe('failure');
  expect(verdict(failed, first)).toBe('nothing');
  expect(verdict({ kind: 'lost' })).toBe('nothing');
  expect(verdict({ kind: 'lost' }, { ...first, lostBefore: 2 })).toBe('failure');
  expect(verdict({ kind: 'cancelled' })).toBe('nothing');
  expect(verdict({ kind: 'not_started', code: 'crew_start_failed' })).toBe('nothing');
});
