import { beforeEach, expect, test } from 'vitest';
import { readTurnInput } from '../../../db/conversations/chats/read-turn-input.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { WholeReview } from '../../../db/work/reviews/reviews-store.ts';
import type { Session } from '../../../domain/conversations/chats/chat.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { turnsPlayedIn } from '../../conversations/chats/played-turns.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const member = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const other = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const manager = perTest(() => api.addMember(crew.workspaceId, 'MANAGER'));
const play = turnsPlayedIn(() => api.database);
beforeEach(() => beatHost(api));

async function talk(session: Session, message: string): Promise<Turn> {
  const turn = await member.post<Turn>('/chat', { message, session_id: session.id, wait_s: 0 }, 202);
  await play.begin(crew.workspaceId, turn);
  await play.end(crew.workspaceId, turn, { summary: `On “${message}”: yes.` });
  return turn;
}
const submit = (fields: object) => member.post<WholeReview>('/review/queue', { kind: 'answer', title: 'x', ...fields });
const transcript = (id: string) => `/review/queue/${id}/transcript`;

test('a session goes with an item as it was, to who sees the item, when its owner submits it', async () => {
  const session = await member.post<Session>('/sessions', { metadata: { secret: 'of the owner' } });
  await talk(session, 'Shall we?');
  const item = await submit({ session_id: session.id, assignee_id: other.id });
  await talk(session, 'And later?');
  expect(outcome(await other.ask('GET', `/sessions/${session.id}`))).toEqual([404, 'not_found']);
  for (const who of [other, manager, member]) {
    const record = await who.get<{ session: object; messages: { content: string }[] }>(transcript(item.id));
    expect(record.messages.map(({ content }) => content)).toEqual(['Shall we?', 'On “Shall we?”: yes.']);
    expect(record.session).toMatchObject({ id: session.id, my_role: 'viewer', metadata: {} });
  }
  const text = await manager.send('GET', `${transcript(item.id)}?format=text`);
  expect([text.headers['content-type'], text.body]).toEqual([
    'text/plain; charset=utf-8',
    expect.stringMatching(/User:\nShall we\?[^]*Agent:/),
  ]);
  const outsider = await api.addMember(crew.workspaceId, 'MEMBER');
  expect(outcome(await outsider.ask('GET', transcript(item.id)))).toEqual([404, 'not_found']);
  expect(outcome(await manager.ask('GET', transcript((await submit({})).id)))).toEqual([404, 'not_found']);

  const share = await member.post<{ id: string }>(`/sessions/${session.id}/shares`, {
    user_id: outsider.id,
    role: 'editor',
  });
  await outsider.act(`/sessions/${session.id}/shares/${share.id}/accept`, {});
  const shown = await outsider.ask('POST', '/review/queue', { kind: 'a', title: 'b', session_id: session.id });
  expect(outcome(shown)).toEqual([403, 'forbidden']);
  expect(outcome(await outsider.ask('GET', transcript(item.id)))[0]).toBe(200);
  const theirs = await manager.ask('POST', '/review/queue', { kind: 'a', title: 'b', session_id: session.id });
  expect(outcome(theirs)).toEqual([404, 'not_found']);
  const told = await crew.rows(sql`
    SELECT DISTINCT target_type, target_id FROM journal_entries
    WHERE entry_type IN ('review.submitted', 'approval.requested') AND payload->>'item_id' = ${item.id}
      OR payload->>'approval_id' = ${item.approval_id}`);
  expect(told).toEqual([{ target_type: 'chat', target_id: session.id }]);
});

test('a message in quarantine is told to no agent, until it is approved', async () => {
  const session = await member.post<Session>('/sessions', {});
  await talk(session, 'Shall we?');
  const last = await talk(session, 'And now?');
  const told = async () => {
    const input = await readTurnInput(api.database, crew.workspaceId, session.id, last.job_id);
    return input?.history.map(({ content }) => content);
  };
  const all = ['Shall we?', 'On “Shall we?”: yes.'];
  expect(await told()).toEqual(all);
  const answer = (await member.get<{ messages: { id: string }[] }>(`/sessions/${session.id}`)).messages[1]!;
  const item = await submit({ subject: { type: 'message', id: answer.id } });
  expect(item).toMatchObject({ session_id: session.id, content: 'On “Shall we?”: yes.' });
  const foreign = await manager.ask('POST', '/review/queue', {
    ...{ kind: 'a', title: 'b', subject: { type: 'message', id: answer.id } },
  });
  expect(outcome(foreign)).toEqual([404, 'not_found']);
  expect(await told()).toEqual(all);
  await manager.act(`/review/queue/${item.id}/quarantine`, { reason: 'Unsafe' });
  expect(await told()).toEqual(all.slice(0, 1));
  await manager.act(`/review/queue/${item.id}/approve`);
  expect(await told()).toEqual(all);
  const again = await submit({ subject: { type: 'message', id: answer.id } });
  await manager.act(`/review/queue/${again.id}/quarantine`, { reason: 'Unsafe' });
  await manager.act(`/review/queue/${again.id}/reject`, { reason: 'Unsafe' });
  expect(await told()).toEqual(all.slice(0, 1));
});
