import { type Message, type StreamResponse, type Task, TaskState } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { beforeEach, describe, expect, test } from 'vitest';
import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { openBuses, listen, startListeningApi } from '../../http/streams/live-journal.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { turnsPlayedIn } from '../chats/played-turns.ts';
import { a2aClient, saying } from './a2a-world.ts';

const buses = perFile(() => openBuses('a2a'));
const wakes = perFile(() => buses.open());
const api = perFile(() => startListeningApi({ bus: buses.open() }));
const crew = perTest(() => addCrew(api));
const play = turnsPlayedIn(() => api.database);

beforeEach(() =>
  recordHostHeartbeat(api.database, { hostId: 'test-host', architecture: 'x64', engineVersion: '1', slots: 100 }),
);

/** What the relay does with what a commit left. */
const relay = (contextId: string) => wakes.publish({ topic: 'chat', id: contextId, workspaceId: crew.workspaceId });
/** The attempt at a task, as a host works on it. */
async function attemptOf({ id, contextId }: { readonly id: string; readonly contextId: string }) {
  const run = await play.attemptOf(crew.workspaceId, { job_id: id });
  const turn = { run_id: run.id };
  const told = () => relay(contextId);
  return {
    runId: run.id,
    begin: async () => play.begin(crew.workspaceId, turn),
    say: async (text: string, offset = 0) => play.say(crew.workspaceId, turn, text, offset).then(told),
    end: async (summary: string) => play.end(crew.workspaceId, turn, { summary }).then(told),
    fail: async () =>
      play.end(crew.workspaceId, turn, { outcome: { kind: 'exited', exitCode: 3, result: 'failed' } }).then(told),
    async ask(reason: string) {
      const question = {
        ...{ workspaceId: crew.workspaceId, crewId: crew.crewId, fromSlug: crew.lead.slug, chatId: contextId },
        ...({ runId: run.id, type: 'TEXT', reason, context: null, metadata: null } as const),
      };
      const { id: asked } = await api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
        openEscalation(tx, question, orchestratorActor()),
      );
      await told();
      return asked;
    },
  };
}
const textOf = (parts: Message['parts']) =>
  parts.map(({ content }) => (content?.$case === 'text' ? content.value : `<${content?.$case}>`)).join('');
const answerOf = (task: Task) => textOf(task.artifacts.find(({ artifactId }) => artifactId === 'answer')!.parts);
/** What a stream told, read as it comes; kinds, states and texts. */
function reading(stream: AsyncIterable<StreamResponse>) {
  const told: string[] = [];
  const tasks: Task[] = [];
  const done = (async () => {
    for await (const { payload } of stream) {
      if (payload?.$case === 'task') tasks.push(payload.value);
      if (payload?.$case === 'task') told.push(`task ${TaskState[payload.value.status!.state]}`);
      if (payload?.$case === 'statusUpdate') told.push(TaskState[payload.value.status!.state]!);
      if (payload?.$case === 'artifactUpdate') {
        told.push(`${payload.value.append ? '+' : '='}${textOf(payload.value.artifact!.parts)}`);
      }
    }
  })();
  return { told, tasks, done };
}

describe.each(['JSONRPC', 'HTTP+JSON'] as const)('the SDK’s client by %s', (transport) => {
  const clientOf = (token = crew.owner.token): Promise<Client> => a2aClient(api.port, token, transport);

  test('a message begins a turn of a new session and is answered when that is over; it is the same turn as by HTTP', async () => {
    const client = await clientOf();
    const sent = client.sendMessage(saying('What is it?', { agent: crew.agents[0]!.slug, messageId: 'mine' }));
    const { tasks } = await soon(async () => {
      const found = await client.listTasks({ ...LIST, status: TaskState.TASK_STATE_SUBMITTED });
      expect(found.tasks).toHaveLength(1);
      return found;
    });
    const attempt = await attemptOf(tasks[0]!);
    await attempt.begin();
    expect((await client.getTask({ tenant: '', id: tasks[0]!.id })).status?.state).toBe(TaskState.TASK_STATE_WORKING);
    await attempt.end('Forty-two.');
    const task = (await sent) as Task;
    expect(task).toMatchObject({ id: tasks[0]!.id, status: { state: TaskState.TASK_STATE_COMPLETED } });
    expect(answerOf(task)).toBe('Forty-two.');
    expect(task.history.map(({ messageId, parts }) => [messageId, textOf(parts)])).toEqual([
      ['mine', 'What is it?'],
      [expect.any(String), 'Forty-two.'],
    ]);
    const session = await crew.owner.get<{ messages: object[]; agent: object | null }>(`/sessions/${task.contextId}`);
    expect(session).toMatchObject({ messages: [{ content: 'What is it?' }, { agent_id: crew.agents[0]!.id }] });
    const short = await client.getTask({ tenant: '', id: task.id, historyLength: 1 });
    expect(short.history).toHaveLength(1);
    expect((await client.getTask({ tenant: '', id: task.id, historyLength: 0 })).history).toEqual([]);
    // The conversation goes on in its context.
    const next = (await client.sendMessage(
      saying('And now?', { contextId: task.contextId, returnImmediately: true }),
    )) as Task;
    expect(next).toMatchObject({ contextId: task.contextId, status: { state: TaskState.TASK_STATE_SUBMITTED } });
    await expect(client.sendMessage(saying('Both', { contextId: task.contextId }))).rejects.toThrow(/under way/);
    await expect(client.sendMessage(saying('More', { taskId: task.id }))).rejects.toThrow(/over/);
  });

  test('a stream tells the task, its words as they come, and its end; a task that failed says why', async () => {
    const client = await clientOf();
    const stream = reading(client.sendMessageStream(saying('Tell me')));
    await soon(() => expect(stream.told).toEqual(['task TASK_STATE_SUBMITTED']));
    const attempt = await attemptOf(stream.tasks[0]!);
    await attempt.begin();
    await attempt.say('one ');
    await soon(() => expect(stream.told.slice(1)).toEqual(['TASK_STATE_WORKING', '=one ']));
    const second = reading(client.resubscribeTask({ tenant: '', id: stream.tasks[0]!.id }));
    await attempt.say('two', 4);
    await attempt.end('one two');
    await Promise.all([stream.done, second.done]);
    expect(stream.told.slice(1)).toEqual(['TASK_STATE_WORKING', '=one ', '+two', '=one two', 'TASK_STATE_COMPLETED']);
    expect(second.told).toEqual(['task TASK_STATE_WORKING', ...stream.told.slice(1)]);

    const failing = reading(client.sendMessageStream(saying('Fail')));
    await soon(() => expect(failing.tasks).toHaveLength(1));
    const lost = await attemptOf(failing.tasks[0]!);
    await lost.begin();
    await lost.fail();
    await failing.done;
    expect(failing.told.at(-1)).toBe('TASK_STATE_FAILED');
    const failed = await client.getTask({ tenant: '', id: failing.tasks[0]!.id });
    expect(textOf(failed.status!.message!.parts)).toMatch(/^the turn failed: /);
  });

  test('a task is cancelled once; what is over, missing or foreign is refused in the protocol’s words', async () => {
    const client = await clientOf();
    const task = (await client.sendMessage(saying('Stop', { returnImmediately: true }))) as Task;
    const cancelled = await client.cancelTask({ tenant: '', id: task.id, metadata: undefined });
    expect(cancelled.status?.state).toBe(TaskState.TASK_STATE_CANCELED);
    const again = client.cancelTask({ tenant: '', id: task.id, metadata: undefined });
    await expect(again).rejects.toThrow(expect.objectContaining({ name: 'TaskNotCancelableError' }));
    const over = reading(client.resubscribeTask({ tenant: '', id: task.id }));
    await expect(over.done).rejects.toThrow(expect.objectContaining({ name: 'UnsupportedOperationError' }));
    // Private to its owner: to everybody else in the workspace there is no such task.
    const other = await api.addMember(crew.workspaceId, 'ADMIN');
    const theirs = await clientOf(other.token);
    for (const id of [task.id, 'missing-task']) {
      const missing = theirs.getTask({ tenant: '', id });
      await expect(missing).rejects.toThrow(expect.objectContaining({ name: 'TaskNotFoundError' }));
    }
    expect((await theirs.listTasks(LIST)).totalSize).toBe(0);
  });

  test('an agent’s question makes the task ask for input, and a message with the task’s id answers it', async () => {
    const client = await clientOf();
    const stream = reading(client.sendMessageStream(saying('Decide')));
    await soon(() => expect(stream.tasks).toHaveLength(1));
    const { id, contextId } = stream.tasks[0]!;
    const attempt = await attemptOf({ id, contextId });
    await attempt.begin();
    const [first, second] = [await attempt.ask('Roll back?'), await attempt.ask('Which version?')];
    await soon(() => expect(stream.told).toContain('TASK_STATE_INPUT_REQUIRED'));
    const asking = await client.getTask({ tenant: '', id });
    expect(asking.status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    expect(asking.status?.message?.parts.map(({ metadata }) => metadata?.escalationId)).toEqual([first, second]);
    // Who may not answer questions elsewhere does not here.
    const member = await api.addMember(crew.workspaceId, 'MEMBER');
    const share = await crew.owner.post<{ id: string }>(`/sessions/${contextId}/shares`, {
      ...{ user_id: member.id, role: 'editor' },
    });
    await member.act(`/sessions/${contextId}/shares/${share.id}/accept`, {});
    await expect((await clientOf(member.token)).sendMessage(saying('Yes', { taskId: id }))).rejects.toThrow(
      /403|forbidden|may not/i,
    );

    const answered = (await client.sendMessage(saying('Yes', { taskId: id }))) as Task;
    expect(answered.status?.state).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    expect(await crew.owner.get(`/escalations/${first}`).catch(() => null)).toBeDefined();
    await client.sendMessage(saying('2.3', { taskId: id, returnImmediately: true }));
    await relay(contextId);
    await soon(async () =>
      expect((await client.getTask({ tenant: '', id })).status?.state).toBe(TaskState.TASK_STATE_WORKING),
    );
    await attempt.end('Done.');
    await stream.done;
    expect(stream.told.filter((one) => one.startsWith('TASK_STATE'))).toEqual([
      'TASK_STATE_INPUT_REQUIRED',
      'TASK_STATE_INPUT_REQUIRED',
      'TASK_STATE_INPUT_REQUIRED',
      'TASK_STATE_WORKING',
      'TASK_STATE_COMPLETED',
    ]);
  });
});

const LIST = {
  ...{ tenant: '', contextId: '', status: TaskState.TASK_STATE_UNSPECIFIED, pageToken: '' },
  statusTimestampAfter: undefined,
};

test('tasks are listed by pages, the one that changed last first', async () => {
  const client = await a2aClient(api.port, crew.owner.token, 'JSONRPC');
  const sent: Task[] = [];
  for (const text of ['one', 'two', 'three']) {
    sent.push((await client.sendMessage(saying(text, { returnImmediately: true }))) as Task);
  }
  await client.cancelTask({ tenant: '', id: sent[0]!.id, metadata: undefined });
  const expected = [sent[0]!, sent[2]!, sent[1]!].map(({ id }) => id);
  const found: string[] = [];
  let pageToken = '';
  do {
    const page = await client.listTasks({ ...LIST, pageSize: 2, pageToken });
    expect(page.totalSize).toBe(3);
    found.push(...page.tasks.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(found).toEqual(expected);
  const one = await client.listTasks({ ...LIST, contextId: sent[1]!.contextId });
  expect(one.tasks.map(({ id }) => id)).toEqual([sent[1]!.id]);
  await expect(client.listTasks({ ...LIST, pageToken: 'nonsense' })).rejects.toThrow(/pageToken/);
  await expect(client.listTasks({ ...LIST, pageSize: 0 })).rejects.toThrow(/pageSize/);
});

test('who comes back with Last-Event-ID goes on after it on another process, also when the task is over', async () => {
  const client = await a2aClient(api.port, crew.owner.token, 'JSONRPC');
  const task = (await client.sendMessage(saying('Tell', { returnImmediately: true }))) as Task;
  const attempt = await attemptOf(task);
  await attempt.begin();
  await attempt.say('one ');
  await attempt.end('one');
  const second = await startTestApi({ over: api.testDatabase, bus: buses.open() });
  try {
    const url = `http://127.0.0.1:${await listen(second)}/a2a/v1/tasks/${task.id}:subscribe`;
    const headers = { authorization: `Bearer ${crew.owner.token}`, 'a2a-version': '1.0', 'last-event-id': '2' };
    const answer = await fetch(url, { headers });
    const body = await answer.text();
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(body).toContain('TASK_STATE_COMPLETED');
    expect(body).not.toContain('"text":"one "');
    expect([...body.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual([4, 5]);
  } finally {
    await second.close();
  }
});

test('a client that goes leaves the task alone', async () => {
  const stop = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${api.port}/a2a/v1/message:stream`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${crew.owner.token}`,
      'content-type': 'application/a2a+json',
      'a2a-version': '1.0',
    },
    body: JSON.stringify({ message: { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Go on' }] } }),
    signal: stop.signal,
  });
  const { value } = await answer.body!.getReader().read();
  expect(answer.status).toBe(200);
  stop.abort();
  void value;
  const { tasks } = await (await a2aClient(api.port, crew.owner.token, 'JSONRPC')).listTasks(LIST);
  const attempt = await attemptOf(tasks[0]!);
  await attempt.begin();
  await attempt.end('All the same.');
  const job = await crew.owner.get<{ status: string }>(`/agent-jobs/${tasks[0]!.id}`);
  expect(job.status).toBe('completed');
});

test('what is no request is refused in JSON-RPC’s words, rights and credentials in HTTP’s', async () => {
  const post = async (
    payload: string,
    headers: Record<string, string> = {},
    token: string | null = crew.owner.token,
  ) => {
    const all = { 'content-type': 'application/json', 'a2a-version': '1.0', ...headers };
    const answer = await api.call(token, { method: 'POST', url: '/a2a/v1', headers: all, payload });
    return {
      status: answer.statusCode,
      body: answer.json<{ id?: unknown; error?: { code: number; message: string } }>(),
    };
  };
  const rpc = (method: string, params: object = {}, more: object = {}) =>
    JSON.stringify({ jsonrpc: '2.0', id: 7, method, params, ...more });
  const code = async (payload: string, headers?: Record<string, string>) =>
    (await post(payload, headers)).body.error?.code;
  expect(await code('{"jsonrpc": ')).toBe(-32_700);
  expect(await code('{"id": 1}')).toBe(-32_600);
  expect(await code(rpc('GetTask', {}, { jsonrpc: '1.0' }))).toBe(-32_600);
  expect(await code('[]')).toBe(-32_600);
  expect(await code(rpc('Nothing'))).toBe(-32_601);
  expect(await code(rpc('GetTask', { id: '' }))).toBe(-32_602);
  expect(await code(rpc('GetTask', { id: 'no-such-task' }))).toBe(-32_001);
  expect(await code(rpc('SendMessage', { message: { parts: [null] } }))).toBe(-32_602);
  expect(
    await code(rpc('SendMessage', { message: { messageId: 'm', role: 'ROLE_USER', parts: [{ raw: 'AAAA' }] } })),
  ).toBe(-32_005);
  expect(await code(rpc('GetTask', { id: 'x' }), { 'a2a-version': '9.9' })).toBe(-32_009);
  expect(await code(rpc('GetTask', { id: 'x', tenant: 'other' }))).toBe(-32_602);
  const push = { taskId: 'x', url: 'https://example.com/' };
  expect(await code(rpc('CreateTaskPushNotificationConfig', push))).toBe(-32_003);
  const byRest = await api.call(crew.owner.token, {
    ...{ method: 'POST', url: '/a2a/v1/tasks/x1/pushNotificationConfigs', payload: push },
    headers: { 'a2a-version': '1.0' },
  });
  expect([byRest.statusCode, byRest.json()]).toMatchObject([400, { error: { status: 'FAILED_PRECONDITION' } }]);
  expect((await post(rpc('GetTask'), {}, null)).status).toBe(401);
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  const refused = await post(
    rpc('SendMessage', { message: { messageId: 'm', parts: [{ text: 'x' }] } }),
    {},
    viewer.token,
  );
  expect([refused.status, refused.body]).toEqual([403, expect.objectContaining({ code: 'forbidden' })]);
  expect((await post(rpc('ListTasks'), {}, viewer.token)).body).toMatchObject({
    id: 7,
    result: { tasks: [], totalSize: 0 },
  });
  // Without a version the one before is spoken, by the names that it had.
  const legacy = await post(rpc('tasks/get', { id: 'no-such-task' }), { 'a2a-version': '' });
  expect(legacy.body.error?.code).toBe(-32_001);
  const card = await post(rpc('agent/getAuthenticatedExtendedCard'), { 'a2a-version': '0.3' });
  expect(card.body).toMatchObject({ result: { protocolVersion: '0.3', skills: expect.any(Array) } });
});
