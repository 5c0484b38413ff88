import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { openEventStream } from '../http/streams/event-stream-client.ts';
import { dockerTest } from '../support/docker-test.ts';
import { soon } from '../support/soon.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';
import { perFile } from '../support/world/per-file.ts';

const unless = { unless: DOCKER_MISSING };
const engine = perFile(() => createTestEngine({ processes: ['api', 'control', 'docker-host'] }), unless);
const talker = perFile(createTalker, unless);

/** A person, a crew with one agent that talks, and the person's chat with it. */
async function createTalker() {
  let token: string | null = null;
  async function call<Body>(method: string, url: string, body?: object): Promise<Body> {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${engine.apiUrl}/api/v1${url}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(isForm || body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return JSON.parse(text) as Body;
  }
  const person = { full_name: 'Ada Tester', email: 'ada@example.com', password: 'correct horse battery' };
  token = (await call<{ cli_token: string }>('POST', '/bootstrap', person)).cli_token;
  const crew = await call<{ id: string }>('POST', '/crews', { name: 'Talkers', slug: 'talkers' });
  const agent = await call<{ id: string }>('POST', '/agents', {
    ...{ name: 'Talker', slug: 'talker', crew_id: crew.id, agent_role: 'LEAD', cli_adapter: 'COMMAND' },
    command: ['/opt/crewship/bin/node', '/opt/crewship/tools/chatting.mjs'],
    timeout_seconds: 60,
  });
  const chat = await call<{ id: string }>('POST', `/agents/${agent.id}/chats`, {});
  const directory = path.join(engine.dataDir, 'hosts', engine.stackId, 'crews', crew.id);
  return { token, call, directory, chatId: chat.id, files: `/agents/${agent.id}/chats/${chat.id}/attachments` };
}

const say = (...lines: string[]) =>
  talker.call<{ job_id: string; run_id: string }>('POST', `/chats/${talker.chatId}/messages`, {
    content: lines.join('\n'),
  });
const follow = (lastEventId: number | null) =>
  openEventStream({
    port: Number(new URL(engine.apiUrl).port),
    token: talker.token,
    path: `/api/v1/sessions/${talker.chatId}/replay`,
    lastEventId,
  });
const textOf = (events: Awaited<ReturnType<typeof follow>>['events']) =>
  events.map(({ data }) => (data.text as string | undefined) ?? '').join('');

/** What a turn of the agent says, whole. */
async function answerTo(...lines: string[]): Promise<string> {
  const { job_id: jobId } = await say(...lines);
  const job = await talker.call<{ status: string }>('GET', `/agent-jobs/${jobId}?wait_s=30`);
  expect(job.status).toBe('completed');
  const { messages } = await talker.call<{ messages: { content: string }[] }>(
    'GET',
    `/chats/${talker.chatId}/messages?limit=500`,
  );
  return messages.at(-1)!.content;
}

dockerTest(
  'files are there for the agent of their turn, which can’t change them, and for no later one',
  async () => {
    const form = new FormData();
    form.set('file', new Blob(['hello']), 'a.txt');
    await talker.call('POST', talker.files, form);
    expect(await answerTo('files')).toContain('a.txt=hello EROFS directories=1');
    const left = async () =>
      (await readdir(path.join(talker.directory, 'inputs'))).filter((name) => !name.endsWith('.input'));
    // Taken away by who has settled the attempt, right after that.
    await soon(async () => expect(await left()).toEqual([]));
    expect(await answerTo('files')).toContain('EROFS directories=0');
  },
  90_000,
);

dockerTest(
  'kill -9 of API, worker and host worker in a turn: its client comes back and has every event once, to its end',
  async () => {
    const { run_id: runId } = await say('say one', 'wait-for /workspace/go', 'say two');
    const first = await follow(null);
    await soon(() => expect(textOf(first.events)).toContain('one'));
    const killedAt = Date.now();
    for (const name of ['api', 'control', 'docker-host']) await engine.processes.get(name)!.kill();
    await first.ended;
    await Promise.all([engine.start('api'), engine.start('control'), engine.start('docker-host')]);
    const second = await follow(first.lastEventId());
    await writeFile(path.join(talker.directory, 'workspace', 'go'), '');
    await second.ended;
    expect(Date.now() - killedAt).toBeLessThan(60_000);
    const all = [...first.events, ...second.events].filter(({ data }) => data.run_id !== undefined);
    const ids = all.map(({ id }) => id!);
    expect(ids).toEqual(ids.map((_, index) => ids[0]! + index));
    const mine = all.filter(({ data }) => data.run_id === runId);
    expect(textOf(mine)).toBe('one\ntwo\n');
    expect(all.at(-1)).toMatchObject({ event: 'turn.completed', data: { run_id: runId, finish_reason: 'stop' } });
  },
  90_000,
);

dockerTest(
  'a message into a turn is read by the attempt that takes its place',
  async () => {
    const { job_id: jobId } = await say('say long', 'wait-for /workspace/never');
    await soon(async () => {
      const { messages } = await talker.call<{ messages: object[] }>(
        'GET',
        `/chats/${talker.chatId}/messages?limit=500`,
      );
      expect(messages.at(-1)).toMatchObject({ job_id: jobId });
      const job = await talker.call<{ status: string }>('GET', `/agent-jobs/${jobId}`);
      expect(job.status).toBe('running');
    });
    await talker.call('POST', `/chats/${talker.chatId}/steer`, { message: 'say short' });
    const job = await talker.call<{ status: string }>('GET', `/agent-jobs/${jobId}?wait_s=30`);
    expect(job.status).toBe('completed');
    const { messages } = await talker.call<{ messages: { content: string }[] }>(
      'GET',
      `/chats/${talker.chatId}/messages?limit=500`,
    );
    expect(messages.at(-1)!.content).toContain('short');
  },
  90_000,
);
