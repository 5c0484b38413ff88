import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import { keepBlob } from '../../../commands/kernel/blobs/keep-blob.ts';
import { writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { readTurnInput } from '../../../db/conversations/chats/read-turn-input.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { WholeReview } from '../../../db/work/reviews/reviews-store.ts';
import type { Session } from '../../../domain/conversations/chats/chat.ts';
import { createDiskStore } from '../../../platform/blob-store/disk-store.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
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

test('files go with an item as they are, to who sees it; whole and in part, and as files that run nothing', async () => {
  const session = await member.post<Session>('/sessions', {});
  const turn = await talk(session, 'Shall we?');
  const publish = async (content: string, of: { chatId?: string; projectId?: string }): Promise<string> => {
    const { workspaceId } = crew;
    const [token, artifactId] = [randomBytes(16).toString('base64url'), newId()];
    const written = await writeBlob(
      { db: api.database, store: createDiskStore({ directory: api.blobsDir }), quotaBytes: 1_000_000 },
      { workspaceId, source: Readable.from([Buffer.from(content)]), limitBytes: 1_000 },
    );
    await api.database.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
      await tx.execute(sql`
        INSERT INTO artifacts (id, workspace_id, reference_token, run_id, chat_id, project_id, path, name, kind, mime)
        VALUES (${artifactId}, ${workspaceId}, ${token}, ${turn.run_id}, ${of.chatId ?? null},
          ${of.projectId ?? null}, ${token}, 'Bericht (ß).html', 'html', 'text/html')`);
      const blob = await keepBlob(tx, written, { kind: 'artifact_revision', id: artifactId });
      await tx.execute(sql`
        INSERT INTO artifact_revisions (workspace_id, artifact_id, revision, blob_id, sha256, size_bytes, author_type)
        VALUES (${workspaceId}, ${artifactId}, 1, ${blob.id}, ${blob.sha256}, ${blob.sizeBytes}, 'agent')`);
    });
    return token;
  };
  const project = await crew.owner.post<{ id: string }>('/projects', { name: 'Den', visibility: 'private' });
  const [ours, secret] = [
    await publish('<b>Yes</b>', { chatId: session.id }),
    await publish('No', { projectId: project.id }),
  ];
  const refused = async (by: TestUser, attachments: string[]) => {
    const answer = await by.ask('POST', '/review/queue', { kind: 'a', title: 'b', attachments });
    return [answer.status, answer.body.errors?.[0]?.path];
  };
  expect(await refused(member, [ours, secret])).toEqual([400, 'attachments.1']);
  expect(await refused(manager, [ours])).toEqual([400, 'attachments.0']);
  expect(await refused(crew.owner, [secret])).toEqual([400, 'attachments.0']);
  expect(await refused(member, [ours, ours])).toEqual([400, 'attachments']);
  const item = await submit({ attachments: [ours], assignee_id: other.id });
  expect(item.attachments).toEqual([{ index: 0, name: 'Bericht (ß).html', mime: 'text/html', size_bytes: 10 }]);

  const url = `/review/queue/${item.id}/attachments/0/download`;
  for (const who of [other, manager, member]) {
    const whole = await who.send('GET', url);
    expect([whole.statusCode, whole.body]).toEqual([200, '<b>Yes</b>']);
    expect(whole.headers).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': expect.stringMatching(/^attachment; filename.*Bericht/),
      'content-security-policy': expect.stringContaining('sandbox'),
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    });
  }
  const ranged = (range: string) => api.call(other.token, { method: 'GET', url: `/api/v1${url}`, headers: { range } });
  const part = await ranged('bytes=3-5');
  expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, 'Yes', 'bytes 3-5/10']);
  expect((await ranged('bytes=99-')).statusCode).toBe(416);
  const outsider = await api.addMember(crew.workspaceId, 'MEMBER');
  expect(outcome(await outsider.ask('GET', url))).toEqual([404, 'not_found']);
  expect(outcome(await other.ask('GET', url.replace('/0/', '/1/')))).toEqual([404, 'not_found']);
  await crew.write(
    sql`UPDATE blobs SET state = 'removing' WHERE workspace_id = ${crew.workspaceId} AND size_bytes = 10`,
  );
  expect(outcome(await other.ask('GET', url))).toEqual([410, 'gone']);
  const owned = { kind: 'a', title: 'b', attachments: [secret], project_id: project.id };
  expect((await crew.owner.post<WholeReview>('/review/queue', owned)).attachments).toHaveLength(1);
});
