import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { LLM_PATH } from '../../../domain/crews/sidecar/llm-paths.ts';
import { MCP_PATH } from '../../../domain/crews/sidecar/mcp-server.ts';
import { AGENT_CALLS } from '../../../sidecar/calls/agent-calls.ts';
import { STREAMED_CALLS } from '../../../sidecar/calls/streamed-calls.ts';
import { createSidecarServer } from '../../../sidecar/sidecar-server.ts';

/** A path that a pattern takes. */
const exampleOf = ({ source }: RegExp): string =>
  source
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\/', '/')
    .replace(/\[[^\]]*\]\{\d+,\d+\}/g, 'example');

const PATHS: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/health'],
  ['POST', MCP_PATH],
  ['GET', MCP_PATH],
  ['POST', `${LLM_PATH}/anthropic/v1/messages`],
  ['GET', `${LLM_PATH}/openai/v1/models`],
  ['GET', '/nothing'],
  ...AGENT_CALLS.map(({ method, path: pattern }) => [method, exampleOf(pattern)] as const),
  ...STREAMED_CALLS.map(({ method, path: pattern }) => [method, exampleOf(pattern)] as const),
];

test('no path of the sidecar answers a page', async () => {
  const port = await findFreePort();
  const server = createSidecarServer({
    ...{ workspace_id: 'w1', crew_id: 'c1', crew_token: 'crwv1.w1.c1.secret', token_fp: 'abcdef012345' },
    ...{ api_socket_path: path.join(os.tmpdir(), 'no-api.sock'), listen_port: port },
  });
  await server.listen();
  const host = `127.0.0.1:${port}`;
  for (const call of AGENT_CALLS) expect(call.path.test(exampleOf(call.path)), call.path.source).toBe(true);
  for (const [method, target] of PATHS) {
    for (const headers of [
      { host, origin: 'https://example.com' },
      { host: 'rebound.example.com' },
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ]) {
      const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
      http.request({ host: '127.0.0.1', port, method, path: target, headers }, resolve).once('error', reject).end();
      const answer = await promise;
      expect(answer.statusCode, `${method} ${target}`).toBe(403);
      expect(await json(answer), `${method} ${target}`).toMatchObject({ code: 'page_refused' });
    }
  }
  await server.drain(0);
});
