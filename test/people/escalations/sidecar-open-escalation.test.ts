import { beforeAll, expect, test } from 'vitest';
import type { Escalation } from '../../../domain/people/escalations/escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const path = '/api/v1/internal/escalations';
let question: Record<string, unknown>;

const internal = perFile(() => startInternal('open'));
const crew = perFile(() => internal.addCrew());
beforeAll(async () => {
  question = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId };
});

async function fieldsOf(body: unknown): Promise<string[]> {
  const answer = await crew.call({ path, body });
  expect(answer.status).toBe(400);
  return (answer.body.errors as { path: string }[]).map((error) => error.path);
}

test('an opened question has both clocks, and people see it', async () => {
  const body = { ...question, context: 'At the fork', metadata: { map: ['left', 'right'] } };
  const answer = await crew.call({ path, body });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ status: 'PENDING', timeout_seconds: 300 });
  const { escalation_id: id, deadline_at: deadline, answer_deadline_at: answerDeadline } = answer.body;
  expect(Date.parse(answerDeadline as string) - Date.parse(deadline as string)).toBe(7 * 86_400_000 - 300_000);
  const url = `/api/v1/crews/${crew.crewId}/escalations`;
  const all = await crew.owner.get<Escalation[]>(url);
  expect(all.find((escalation) => escalation.id === id)).toMatchObject({
    reason: 'Which way?',
    context: 'At the fork',
    metadata: { map: ['left', 'right'] },
    mission_id: crew.missionId,
    status: 'PENDING',
  });
});

test('secrets in a question are in no row, answer or journal entry, whatever member they are in', async () => {
  const secrets = [crew.token, crew.runToken('run-1'), `ghp_${'a1'.repeat(18)}`, `sk-ant-api03-${'Zz9'.repeat(20)}`];
  const text = secrets.join(' and ');
  const body = { ...question, reason: text, context: text, metadata: { [secrets[2]!]: [text] } };
  const answer = await crew.call({ path, body });
  expect(answer.status).toBe(201);
  const id = answer.body.escalation_id as string;
  const kept = await internal.api.database.reads.any(
    [crew.workspaceId],
    sql`
      SELECT to_jsonb(e)::text AS row FROM escalations e WHERE e.id = ${id}
      UNION ALL SELECT to_jsonb(j)::text FROM journal_entries j WHERE j.target_id = ${id}`,
  );
  expect(kept.length).toBeGreaterThan(1);
  const shown = JSON.stringify([kept, await crew.owner.get(`/api/v1/crews/${crew.crewId}/escalations`)]);
  expect(shown).toContain('[REDACTED] and [REDACTED] and [REDACTED] and [REDACTED]');
  for (const secret of secrets) expect(shown).not.toContain(secret);
});

test('members that this version does not know are ignored', async () => {
  expect((await crew.call({ path, body: { ...question, urgency: 'high', nested: { a: 1 } } })).status).toBe(201);
});

test('one Idempotency-Key opens one question, and another body under it is refused', async () => {
  const headers = { 'idempotency-key': 'sidecar-retry' };
  const first = await crew.call({ path, body: question, headers });
  const second = await crew.call({ path, body: question, headers });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body).toEqual(first.body);
  expect((await crew.call({ path, body: { ...question, reason: 'Other' }, headers })).status).toBe(422);
  const sibling = await internal.addCrew(crew);
  const theirs = await sibling.call({
    path,
    body: { from_slug: sibling.lead.slug, reason: 'Which way?', chat_id: sibling.missionId },
    headers,
  });
  expect(theirs.status).toBe(201);
  expect(theirs.body.escalation_id).not.toBe(first.body.escalation_id);
});

test('a bad question names the field', async () => {
  const { from_slug: _slug, ...nobody } = question;
  expect(await fieldsOf(nobody)).toEqual(['from_slug']);
  expect(await fieldsOf({ ...question, reason: '' })).toEqual(['reason']);
  expect(await fieldsOf({ ...question, reason: 'x'.repeat(10_001) })).toEqual(['reason']);
  expect(await fieldsOf({ ...question, type: 'CREDENTIAL' })).toEqual(['metadata.name']);
  expect(await fieldsOf({ ...question, type: 'OTHER' })).toEqual(['type']);
  expect(await fieldsOf({ ...question, metadata: { blob: 'x'.repeat(20_000) } })).toEqual(['metadata']);
});

test('a LINK needs an https URL', async () => {
  const link = { ...question, type: 'LINK' };
  expect(await fieldsOf(link)).toEqual(['metadata.url']);
  expect(await fieldsOf({ ...link, metadata: { url: 'http://example.com' } })).toEqual(['metadata.url']);
  expect(await fieldsOf({ ...link, metadata: { url: 'javascript:alert(1)' } })).toEqual(['metadata.url']);
  expect((await crew.call({ path, body: { ...link, metadata: { url: 'https://example.com/x' } } })).status).toBe(201);
});

test('an agent or chat that is not the crew’s is a 404', async () => {
  const sibling = await internal.addCrew(crew);
  expect((await crew.call({ path, body: { ...question, from_slug: sibling.lead.slug } })).status).toBe(404);
  expect((await crew.call({ path, body: { ...question, from_slug: 'nobody' } })).status).toBe(404);
  expect((await crew.call({ path, body: { ...question, chat_id: sibling.missionId } })).status).toBe(404);
  expect((await crew.call({ path, body: { ...question, chat_id: 'no-such-chat' } })).status).toBe(404);
});

test('a body that is not JSON, is no object or is too large is refused', async () => {
  const headers = { 'content-type': 'text/plain' };
  expect((await crew.call({ path, body: question, headers })).status).toBe(415);
  expect((await crew.call({ path, body: [question] })).status).toBe(400);
  expect((await crew.call({ path, method: 'POST' })).status).toBe(400);
  expect((await crew.call({ path, body: { ...question, context: 'x'.repeat(1_100_000) } })).status).toBe(413);
});
