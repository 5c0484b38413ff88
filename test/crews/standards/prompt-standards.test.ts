import { expect, test } from 'vitest';
import { agentPrompt } from '../../../activities/work/runs/adapters/agent-prompt.ts';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { readRunExecution, runConfigOf } from '../../../db/work/runs/read-run-execution.ts';
import { turnsPlayedIn } from '../../conversations/chats/played-turns.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const play = turnsPlayedIn(() => api.database);

interface Standard {
  readonly agent_name: string;
  readonly version: number;
  readonly content: string;
}
const put = (agent: string, body: object, status = 200, by = crew.owner) =>
  by.send('PUT', `/api/v1/prompt-standards/${agent}`, body).then((answer) => {
    expect(answer.statusCode, answer.body).toBe(status);
    return answer.json<Standard & { readonly current_version?: number }>();
  });

/** Starts a run of the lead as its host does, and tells what it is asked and what its row names. */
async function startRun(): Promise<{ prompt: string; config: unknown }> {
  await beatHost(api);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = 1000 WHERE kind = 'host'`),
  );
  const turn = await crew.owner.post<Turn>('/chat', { message: 'Go.', wait_s: 0 }, 202);
  const address = { workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 };
  const execution = (await readRunExecution(api.database, address))!;
  const exec = { containerId: 'container', execId: `exec-${turn.run_id}`, config: runConfigOf(execution) };
  expect(await recordExec(api.database, address, exec)).toBe(true);
  await play.end(crew.workspaceId, turn);
  const run = await crew.owner.get<{ config_versions: unknown }>(`/runs/${turn.run_id}`);
  return { prompt: agentPrompt(execution), config: run.config_versions };
}

test('the next run is told the standard that holds, and names its version', async () => {
  expect(await startRun()).toMatchObject({ config: {} });
  const rules = [
    { id: 'names', text: 'Name no customers.', severity: 'error' },
    { id: 'short', text: 'Be short.' },
  ];
  expect(await put('default', { content: 'Write plain English.', rules }, 201)).toMatchObject({
    ...{ agent_name: 'default', agent_id: null, version: 1, enabled: true, updated_by: crew.owner.id },
    rules: [rules[0], { ...rules[1], severity: 'warning' }],
  });
  const first = await startRun();
  expect(first.config).toEqual({ 'prompt-standard': { key: 'default', version: 1 } });
  expect(first.prompt).toContain('# Standards\n\nWrite plain English.\n\n- Always: Name no customers.\n- Be short.');
  await put('default', { content: 'Write plain Czech.', version: 1 });
  const second = await startRun();
  expect(second.config).toEqual({ 'prompt-standard': { key: 'default', version: 2 } });
  expect(second.prompt).toContain('Write plain Czech.');

  const own = await put(crew.lead.slug, { content: 'Only the lead.' }, 201);
  expect((await startRun()).prompt).toContain('Only the lead.');
  expect((await startRun()).prompt).not.toContain('Czech');
  await put(crew.lead.id, { content: 'Only the lead.', enabled: false, version: own.version });
  expect((await startRun()).config).toEqual({ 'prompt-standard': { key: 'default', version: 2 } });
  await put('default', { content: 'Nothing.', enabled: false, version: 2 });
  expect(await startRun()).toMatchObject({ config: {} });
});

test('a stale write is refused, of two at once one counts, and all are for those who manage', async () => {
  await put('default', { content: 'One.' }, 201);
  expect(await put('default', { content: 'Two.' }, 409)).toMatchObject({
    code: 'version_conflict',
    current_version: 1,
  });
  const both = await Promise.all(
    ['a', 'b'].map((content) => crew.owner.send('PUT', '/api/v1/prompt-standards/default', { content, version: 1 })),
  );
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
  await put('no-such-agent', { content: 'One.' }, 404);
  const twice = [
    { id: 'same', text: 'a' },
    { id: 'same', text: 'b' },
  ];
  for (const bad of [{ content: '' }, { content: 'a'.repeat(50_001) }, { content: 'a', rules: twice }]) {
    await put('default', { version: 2, ...bad }, 400);
  }
  const stranger = await addCrew(api);
  await put(crew.lead.id, { content: 'One.' }, 404, stranger.owner);
  await put(crew.lead.slug, { content: 'Lead.' }, 201);
  const list = await crew.owner.get<{ total: number; items: Standard[] }>('/prompt-standards');
  expect([list.total, list.items.map(({ agent_name: name }) => name).sort()]).toEqual([
    2,
    ['default', crew.lead.slug].sort(),
  ]);
  const one = await crew.owner.get<{ items: Standard[] }>(`/prompt-standards?agent=${crew.lead.slug}`);
  expect(one.items).toMatchObject([{ agent_name: crew.lead.slug, content: 'Lead.', version: 1 }]);
  expect(await stranger.owner.get('/prompt-standards')).toMatchObject({ items: [], total: 0 });
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  expect((await manager.send('GET', '/api/v1/prompt-standards')).statusCode).toBe(403);
});
