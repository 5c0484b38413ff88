import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { readRunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { addCrew, beatHost, bringCrewUp } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';
import { turnsPlayedIn } from './played-turns.ts';

/** What the model was shown, call by call. */
const shown: string[] = [];
const model = perFile(() =>
  serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      shown.push(body);
      const message = { role: 'assistant', content: `Notes ${shown.length}: the order is 1042.` };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }));
    });
  }),
);
const world = perFile(async () => {
  const database = await createTestDatabase();
  const env = { CREWSHIP_OUTBOUND_ALLOW: `127.0.0.1:${model.port}` };
  const engine = await createTestEngine({ processes: ['control'], database, env });
  const api = await startTestApi({ over: database });
  const close = async () => {
    await api.close();
    await engine.close();
  };
  return { api, engine, close };
});
const crew = perTest(() => addCrew(world.api));
const play = turnsPlayedIn(() => world.api.database);
const SECRET = `sk-ant-api03-${'a1B2'.repeat(12)}`;

beforeEach(async () => {
  shown.length = 0;
  await beatHost(world.api, 1_000);
  await bringCrewUp(crew);
});

async function talk(chatId: string, message: string, answer: string): Promise<Turn> {
  const turn = await crew.owner.post<Turn>('/chat', { message, session_id: chatId, wait_s: 0 }, 202);
  await play.begin(crew.workspaceId, turn);
  await play.end(crew.workspaceId, turn, { summary: answer });
  return turn;
}
/** As many turns as come to more than is told word by word. */
async function longChat(): Promise<string> {
  const { id } = await crew.owner.post<{ id: string }>('/sessions', { agent: crew.lead.id });
  for (let n = 1; n <= 9; n += 1) {
    await talk(id, n === 1 ? `Our key is ${SECRET}` : `Question ${n}`, `${n}: ${'word '.repeat(3_000)}`);
  }
  return id;
}
const jobs = (chatId: string) =>
  crew.rows<{ id: string; status: string; result: { upto_seq: number; messages: number } | null }>(sql`
    SELECT id, status, result FROM jobs WHERE kind = 'chat.compact' AND subject_id = ${chatId} ORDER BY created_at`);
const over = (chatId: string) =>
  eventually(
    () => jobs(chatId),
    (all) => all.length > 0 && all.every(({ status }) => status === 'completed'),
  );
async function toldNext(chatId: string) {
  const turn = await crew.owner.post<Turn>('/chat', { message: 'And now?', session_id: chatId, wait_s: 0 }, 202);
  const address = { workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 };
  return (await readRunExecution(world.api.database, address))!.chat!;
}

test('the older part of a long session is written down once, and agents are told that in its place', async () => {
  const target = { provider: 'openai_compatible', model: 'm', base_url: `${model.url}/v1` };
  await crew.owner.put('/admin/llm-config', { default: target, version: 0 });
  const id = await longChat();
  const [job, ...more] = await over(id);
  expect(more).toEqual([]);
  expect(job!.result!.messages).toBeGreaterThan(0);
  const chat = await toldNext(id);
  expect(chat.notes).toMatch(/^Notes \d+: the order is 1042\.$/);
  expect(chat.left_out).toBe(0);
  expect(chat.history).toHaveLength(18 - job!.result!.upto_seq);
  expect(shown.join('')).toContain('Question 2');
  expect(shown.join('')).not.toContain(SECRET);
  const entries = await crew.rows<{ payload: Record<string, unknown> }>(sql`
    SELECT payload FROM journal_entries WHERE entry_type = 'conversation.compacted' AND target_id = ${id}
    ORDER BY (payload ->> 'upto_seq')::integer`);
  expect(entries.at(-1)!.payload).toMatchObject({ job_id: job!.id, upto_seq: job!.result!.upto_seq });
  // People read everything as ever.
  const { messages } = await crew.owner.get<{ messages: object[] }>(`/chats/${id}/messages?limit=100`);
  expect(messages).toHaveLength(19);
  // What somebody doubts since may be in the notes: they are told to nobody.
  const [first] = await crew.rows<{ id: string }>(sql`
    SELECT id FROM chat_messages WHERE chat_id = ${id} AND seq = 2`);
  const doubt = { kind: 'answer', title: 'Wrong', subject: { type: 'message', id: first!.id }, session_id: id };
  const item = await crew.owner.post<{ id: string }>('/review/queue', doubt);
  const manager = await world.api.addMember(crew.workspaceId, 'MANAGER');
  await manager.act(`/review/queue/${item.id}/quarantine`, { reason: 'wrong' });
  const address = await crew.rows<{ id: string }>(sql`
    SELECT id FROM runs WHERE chat_id = ${id} ORDER BY created_at DESC LIMIT 1`);
  const again = await readRunExecution(world.api.database, {
    ...{ workspaceId: crew.workspaceId, id: address[0]!.id, generation: 0 },
  });
  expect(again!.chat!.notes).toBeNull();
});

test('without a model nothing is written down, and a session goes on as before', async () => {
  const id = await longChat();
  const [job] = await over(id);
  expect(job!.result).toMatchObject({ messages: 0, upto_seq: 0 });
  const chat = await toldNext(id);
  expect(chat.notes).toBeNull();
  expect(chat.left_out).toBeGreaterThan(0);
});
