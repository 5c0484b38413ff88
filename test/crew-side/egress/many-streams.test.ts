import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleSidecar } from '../../../sidecar/bundle.ts';
import { startLedger } from '../../money/ledger/ledger-fixture.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { eventually } from '../../support/test-crew.ts';
import { storeKey } from './egress-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

const STREAMS = 100;
const BODY_BYTES = 200_000;
const ANSWER_BYTES = 500_000;
/** Of the process as a whole: Node itself is 60 of them. */
const MOST_MEMORY_BYTES = 256_000_000;

let directory: string;
let child: ChildProcess;
let port: number;

const provider = perFile(() => serve((request, response) => void stream(request, response)));
const ledger = perFile(() => {
  const openai = `${provider.url}/v1`;
  return startLedger('many-streams', { egress: { providerUrls: { anthropic: openai, openai } } });
});
const crew = perFile(() => ledger.internal.addCrew());
beforeAll(async () => {
  await storeKey(crew, { provider: 'OPENAI', value: 'sk-secret' });
  directory = await mkdtemp(path.join(os.tmpdir(), 'cs-'));
  const bundle = await bundleSidecar(directory);
  port = await findFreePort();
  // As in a container: the bundle, its limit, its configuration on standard input.
  child = spawn(process.execPath, ['--max-old-space-size=96', bundle.path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const config = { workspace_id: crew.workspaceId, crew_id: crew.crewId, crew_token: crew.token, token_fp: 'x' };
  child.stdin!.write(`${JSON.stringify({ ...config, api_socket_path: crew.socketPath, listen_port: port })}\n`);
  await once(child.stdout!, 'data');
});
afterAll(async () => {
  child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function stream(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  for await (const _ of request);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = `data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(900) } }] })}\n\n`;
  for (let sent = 0; sent < ANSWER_BYTES; sent += event.length) {
    if (!response.write(event)) await once(response, 'drain');
  }
  response.end(`data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":8}}\n\ndata: [DONE]\n\n`);
}

async function peakMemoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1_024;
}

test('a hundred long streams at once take bounded memory and are all counted', async () => {
  const body = JSON.stringify({
    model: 'gpt-5',
    max_tokens: 10,
    messages: [{ content: 'word '.repeat(BODY_BYTES / 5) }],
  });
  const call = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/llm/openai/v1/chat/completions`, { method: 'POST', body });
    if (response.status !== 200) return [response.status, await response.text()];
    let bytes = 0;
    for await (const chunk of response.body!) bytes += chunk.length;
    return [response.status, bytes >= ANSWER_BYTES];
  };
  const answers = await Promise.all(Array.from({ length: STREAMS }, call));
  expect(new Set(answers.map(String))).toEqual(new Set(['200,true']));
  expect(await peakMemoryBytes()).toBeLessThan(MOST_MEMORY_BYTES);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  const rows = await eventually(
    () =>
      ledger.rows<{ count: string; tokens: string }>(
        `SELECT count(*), sum(input_tokens + output_tokens) AS tokens FROM cost_ledger WHERE crew_id = $1`,
        [crew.crewId],
      ),
    ([row]) => row!.count === String(STREAMS),
  );
  expect(rows[0]!.tokens).toBe(String(STREAMS * 15));
}, 90_000);
