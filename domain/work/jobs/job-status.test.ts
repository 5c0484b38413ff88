import { expect, test } from 'vitest';
import { isJobOver, JOB_STATUSES, jobHealth, LIVE_JOB_STATUSES, statusesBefore } from './job-status.ts';

test('a job that is over stays as it is, and every other state leads to an end', () => {
  expect(JOB_STATUSES.filter(isJobOver)).toEqual(['completed', 'failed', 'cancelled']);
  expect(LIVE_JOB_STATUSES).toEqual(['queued', 'running', 'waiting', 'cancelling']);
  for (const to of JOB_STATUSES) expect(statusesBefore(to).filter(isJobOver), to).toEqual([]);
  expect(statusesBefore('failed')).toEqual(LIVE_JOB_STATUSES);
});

test('what is being cancelled is never completed', () => {
  expect(statusesBefore('completed')).not.toContain('cancelling');
  expect(statusesBefore('cancelling')).toEqual(['running', 'waiting']);
});

test('health says what is wrong with a job that is not over', () => {
  const job = { status: 'running', isLost: false, silentMs: 0 } as const;
  expect(jobHealth(job)).toBe('ok');
  expect(jobHealth({ ...job, silentMs: 60_000 })).toBe('ok');
  expect(jobHealth({ ...job, silentMs: 60_001 })).toBe('stalled');
  expect(jobHealth({ ...job, status: 'cancelling', silentMs: 60_001 })).toBe('stalled');
  expect(jobHealth({ ...job, silentMs: 60_001, isLost: true })).toBe('lost');
  // It waits for its turn, its time or people: nobody works on it who could fall silent.
  expect(jobHealth({ ...job, status: 'queued', silentMs: 86_400_000 })).toBe('ok');
  expect(jobHealth({ ...job, status: 'waiting', silentMs: 86_400_000 })).toBe('waiting');
  expect(jobHealth({ ...job, status: 'queued', isLost: true })).toBe('lost');
  expect(jobHealth({ ...job, status: 'failed', isLost: true, silentMs: 86_400_000 })).toBe('ok');
});
