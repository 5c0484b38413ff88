import { expect, test } from 'vitest';
import { markAgentGaveUp } from '../../../commands/engine/escalations/close-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { moveDeadline } from './escalation-fixture.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';
import { soon } from '../../support/soon.ts';

const internal = perFile(() => startInternal('wait'));
const crew = perFile(() => internal.addCrew());

async function resolve(id: string, payload: object = { resolution: 'Left' }): Promise<Record<string, unknown>> {
  const url = `/api/v1/escalations/${id}/resolve`;
  return crew.owner.patch(url, payload);
}

async function cancel(id: string): Promise<void> {
  const url = `/api/v1/escalations/${id}/cancel`;
  await crew.owner.act(url);
}

/** Resolves when this many clients are parked. */
async function untilParked(count: number): Promise<void> {
  await soon(() => expect(internal.role.waiters).toBe(count), { interval: 5 });
}

async function rowOf(id: string): Promise<{ status: string; gave_up: boolean }> {
  const row = await internal.api.database.reads.maybeOne<{ status: string; gave_up: boolean }>(
    [crew.workspaceId],
    sql`SELECT status, agent_gave_up_at IS NOT NULL AS gave_up FROM escalations WHERE id = ${id}`,
  );
  return row!;
}

test('an answer reaches every client that waits for it, and one that asks later', async () => {
  const id = await crew.ask();
  const parked = [crew.wait(id), crew.wait(id), crew.wait(id)];
  await untilParked(3);
  await resolve(id, { resolution: 'Left', action: 'redirect', redirect_to: 'two' });
  await internal.deliverWakes();
  const answers = [...(await Promise.all(parked)), await crew.wait(id)];
  for (const answer of answers) {
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 'RESOLVED', resolution: 'Left', action: 'redirect', redirect_to: 'two' },
    ]);
  }
  await untilParked(0);
});

test('a withdrawn question ends the wait with a warning', async () => {
  const id = await crew.ask();
  const parked = crew.wait(id);
  await untilParked(1);
  await cancel(id);
  await internal.deliverWakes();
  const answer = await parked;
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      status: 'CANCELLED',
      resolution: '',
      action: '',
      warning: expect.any(String),
      agent_action: 'continued_with_warning',
      still_open: false,
    },
  ]);
});

test('an expired question is told as such', async () => {
  const id = await crew.ask();
  await moveDeadline(internal.api.database, crew, id, 'answer_deadline_at', -1);
  const url = `/api/v1/escalations/${id}/resolve`;
  const late = { method: 'PATCH' as const, url, payload: { resolution: 'Late' } };
  expectStatus(await internal.api.call(crew.owner.token, late), 409);
  const answer = await crew.wait(id);
  expect([answer.status, answer.body.status, answer.body.still_open]).toEqual([200, 'EXPIRED', false]);
});

test('at the agent’s deadline the wait ends UNANSWERED, the row stays open, and the answer is still there to be had', async () => {
  const id = await crew.ask();
  await moveDeadline(internal.api.database, crew, id, 'deadline_at', 300);
  const answers = await Promise.all([crew.wait(id), crew.wait(id)]);
  for (const answer of answers) {
    expect([answer.status, answer.body.status, answer.body.still_open]).toEqual([200, 'UNANSWERED', true]);
    expect(answer.body.warning).toEqual(expect.any(String));
  }
  expect(await rowOf(id)).toEqual({ status: 'PENDING', gave_up: true });
  const journalled = await crew.rows(
    sql`SELECT 1 FROM journal_entries WHERE target_id = ${id} AND payload->>'state' = 'unanswered'`,
  );
  expect(journalled).toHaveLength(1);
  const answered = await resolve(id);
  expect(answered).toMatchObject({ agent_still_waiting: false, agent_gave_up_at: expect.any(String) });
  expect((await crew.wait(id)).body.status).toBe('RESOLVED');
});

test('a poll may be shorter than the wait: 408 says to ask again', async () => {
  const id = await crew.ask();
  const answer = await crew.wait(id, { query: '?timeout_seconds=1' });
  expect([answer.status, answer.body]).toEqual([408, { status: 'TIMEOUT', error: expect.any(String) }]);
  expect(await rowOf(id)).toEqual({ status: 'PENDING', gave_up: false });
  for (const query of ['?timeout_seconds=0', '?timeout_seconds=301', '?timeout_seconds=x']) {
    expect((await crew.wait(id, { query })).status).toBe(400);
  }
});

test('a client that goes away leaves nothing behind', async () => {
  const id = await crew.ask();
  const client = new AbortController();
  const parked = crew.wait(id, { signal: client.signal }).catch((error: Error) => error.name);
  await untilParked(1);
  client.abort();
  expect(await parked).toBe('AbortError');
  await untilParked(0);
  expect(await rowOf(id)).toEqual({ status: 'PENDING', gave_up: false });
});

test('a wake that is lost costs time, never the answer: the wait looks again at its own deadline', async () => {
  const id = await crew.ask();
  const parked = crew.wait(id, { query: '?timeout_seconds=3' });
  await untilParked(1);
  await resolve(id);
  expect((await parked).body.status).toBe('RESOLVED');
});

test('an agent that gave up in the moment of the answer gets the answer', async () => {
  const id = await crew.ask();
  await moveDeadline(internal.api.database, crew, id, 'deadline_at', -1);
  await resolve(id);
  await markAgentGaveUp(internal.api.database, crew.workspaceId, id);
  expect(await rowOf(id)).toEqual({ status: 'RESOLVED', gave_up: false });
  expect((await crew.wait(id)).body.status).toBe('RESOLVED');
});
