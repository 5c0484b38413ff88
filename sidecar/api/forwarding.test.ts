import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SIDECAR_PORT } from '../../domain/crews/sidecar/ipc-config.ts';
import { createApiClient } from './api-client.ts';
import { createForwarding, type ForwardedWrite } from './forwarding.ts';

type Answering = (response: http.ServerResponse) => void;

const dies: Answering = (response) => void response.socket?.destroy();
const answers =
  (status: number, body: object): Answering =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** What a write comes to at an API that answers request after request as told, and the keys that the API was shown. */
async function write(inTurn: readonly Answering[], more: Partial<ForwardedWrite> = {}) {
  const socketPath = path.join(os.tmpdir(), `crewship-forwarding-${randomUUID()}.sock`);
  const keys: (string | undefined)[] = [];
  const api = http.createServer((request, response) => {
    request.resume().once('end', () => inTurn[keys.push(String(request.headers['idempotency-key'])) - 1]?.(response));
  });
  await once(api.listen(socketPath), 'listening');
  const forwarding = createForwarding({
    config: {
      ...{ workspace_id: 'w1', crew_id: 'c1', crew_token: 'crwv1.w1.c1.secret', token_fp: 'abcdef012345' },
      ...{ api_socket_path: socketPath, listen_port: SIDECAR_PORT },
    },
    api: createApiClient(socketPath),
    times: { patienceMs: 2_000, waitPatienceMs: 2_000, firstRetryMs: 1, longestRetryMs: 5 },
  });
  const request = new http.IncomingMessage(new net.Socket());
  const sent = { method: 'POST', path: '/escalations', fields: { reason: 'which colour?' }, ...more } as const;
  try {
    const outcome = await forwarding.write(request, sent, new AbortController().signal).catch((error: Error) => error);
    return { outcome, keys };
  } finally {
    api.close();
  }
}

test('an API that dies before it answers is asked again under the same key, until the first has ended', async () => {
  const { outcome, keys } = await write([
    dies,
    dies,
    answers(409, { code: 'idempotency_key_in_use' }),
    answers(201, { escalation_id: 'e1' }),
  ]);
  expect(outcome).toMatchObject({ status: 201 });
  expect(keys).toHaveLength(4);
  expect(new Set(keys).size).toBe(1);
});

test('a refusal is an answer: it is not asked again', async () => {
  for (const refusal of [answers(409, { code: 'conflict' }), answers(503, { code: 'unavailable' })]) {
    expect((await write([refusal])).keys).toHaveLength(1);
  }
});

test('a write that the API does not key is not sent again once it may have been seen', async () => {
  const { outcome, keys } = await write([dies], { isKeyed: false });
  expect(outcome).toMatchObject({ name: 'Error', sent: true });
  expect(keys).toHaveLength(1);
});
