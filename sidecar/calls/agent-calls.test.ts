import http from 'node:http';
import net from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { API_SOCKET_PATH, SIDECAR_PORT } from '../../domain/crews/sidecar/ipc-config.ts';
import { fieldsOf } from '../../domain/kernel/schemas/fields.ts';
import { AGENT_CALLS } from './agent-calls.ts';
import { createForwarding } from '../api/forwarding.ts';

const config = {
  ...{ workspace_id: 'w1', crew_id: 'c1', crew_token: 'crwv1.w1.c1.secret', token_fp: 'abcdef012345' },
  ...{ api_socket_path: API_SOCKET_PATH, listen_port: SIDECAR_PORT },
};

/** How long the API is given for the answer to a POST. */
async function timeoutOf(fields: object, at = '/queries'): Promise<number> {
  let given = 0;
  const forwarding = createForwarding({
    config,
    api: async ({ timeoutMs }) => {
      given = timeoutMs;
      return { status: 200, contentType: 'application/json', body: Buffer.from('{}') };
    },
  });
  const request = new http.IncomingMessage(new net.Socket());
  request.push(JSON.stringify(fields));
  request.push(null);
  const call = AGENT_CALLS.find(({ method, path }) => method === 'POST' && path.test(at))!;
  await call.carry(forwarding, request, { path: at, query: '' }, new AbortController().signal);
  return given;
}

test('a query is given the time that it asks for, within bounds, and the patience', async () => {
  expect(await timeoutOf({})).toBe(330_000);
  expect(await timeoutOf({ timeout_seconds: 5 })).toBe(35_000);
  expect(await timeoutOf({ timeout_seconds: 1e9 })).toBe(1_830_000);
  for (const timeout_seconds of [0, -1, null, '5']) expect(await timeoutOf({ timeout_seconds })).toBe(330_000);
});

test('the keeper is given the time of its judge and of a command, and the patience', async () => {
  for (const path of ['/keeper/request', '/keeper/execute']) expect(await timeoutOf({}, path)).toBe(245_000);
});

test('a path belongs to one call of a method at most, and ids are one plain segment', () => {
  for (const path of [
    '/issues/a',
    '/issues/a%2Fb',
    '/issues/..',
    '/issues/A-1/',
    `/issues/${'a'.repeat(65)}`,
    '/issues/A-1\n',
  ]) {
    expect(
      AGENT_CALLS.some((call) => call.path.test(path)),
      path,
    ).toBe(false);
  }
  const calls = AGENT_CALLS.map(({ method, path }) => `${method} ${path.source}`);
  expect(new Set(calls).size).toBe(calls.length);
});

test('a declaration says what its path and its query hold', () => {
  const fields = fieldsOf(z);
  for (const { declared, method } of AGENT_CALLS) {
    const { name, path, id, input, query = {}, carried } = declared;
    const members = Object.keys(input?.(fields).shape ?? {});
    expect(path.includes(':id'), name).toBe(id !== undefined);
    expect(members, name).not.toContain('id');
    if (method === 'GET') expect(Object.keys(query), name).toEqual(members);
    else expect(query, name).toEqual({});
    if (carried === 'act') expect(members, name).toEqual([]);
    if (carried !== undefined) expect(method, name).toBe(carried === 'wait' ? 'GET' : 'POST');
  }
});

test('who acts is no member that a model gives', () => {
  for (const { declared } of AGENT_CALLS) {
    if (declared.actorField === undefined) continue;
    expect(Object.keys(declared.input?.(fieldsOf(z)).shape ?? {}), declared.name).not.toContain(declared.actorField);
  }
});
