import { expect, test } from 'vitest';
import { checkReadiness, ProbeFailure } from './check-readiness.ts';

const up = async (): Promise<void> => {};

test('a required part that is down makes the whole down, another one degrades it', async () => {
  const probe = { budgetMs: 1_000, required: false, check: up };
  expect((await checkReadiness([{ ...probe, name: 'a' }])).status).toBe('ok');
  const refused = async (): Promise<never> => {
    throw new ProbeFailure('no live host');
  };
  const degraded = await checkReadiness([
    { ...probe, name: 'a' },
    { ...probe, name: 'hosts', check: refused },
  ]);
  expect(degraded.status).toBe('degraded');
  expect(degraded.checks.hosts).toMatchObject({ status: 'down', detail: 'no live host' });
  expect((await checkReadiness([{ ...probe, name: 'a', required: true, check: refused }])).status).toBe('down');
});

test('a part that does not answer is down when its budget is used up', async () => {
  const readiness = await checkReadiness([
    { name: 'temporal', required: false, budgetMs: 10, check: () => new Promise(() => {}) },
  ]);
  expect(readiness).toMatchObject({ status: 'degraded', checks: { temporal: { status: 'down' } } });
});

test('a driver’s own message is not shown', async () => {
  const readiness = await checkReadiness([
    {
      name: 'redis',
      required: false,
      budgetMs: 100,
      check: async () => {
        throw new Error('connect ECONNREFUSED 10.0.0.7:6379');
      },
    },
  ]);
  expect(JSON.stringify(readiness)).not.toContain('10.0.0.7');
});
