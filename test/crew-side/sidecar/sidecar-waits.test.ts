import { rm } from 'node:fs/promises';
import { beforeEach, expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { json, post, TEST_CREW_TOKEN, startSidecarFixture } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

const sidecar = perFile(() => startSidecarFixture());
beforeEach(() => {
  sidecar.seen.length = 0;
});

test('opening waits for an API that is not there yet and then opens once', async () => {
  await rm(sidecar.socketPath, { force: true });
  const asked = sidecar.ask('/escalations', {
    method: 'POST',
    headers: { 'idempotency-key': 'mine' },
    body: '{"reason":"x"}',
  });
  const api = await sidecar.listenAsApi((_request, response) => json(response, 201, { escalation_id: 'e2' }));
  expect((await asked).status).toBe(201);
  expect(sidecar.seen.map((request) => request.headers['idempotency-key'])).toEqual(['mine']);
  await api.kill();
});

test('a write that the API may have taken is asked for again under the same key', async () => {
  const api = await sidecar.listenAsApi((_request, response) => {
    if (sidecar.seen.length < 3) response.destroy();
    else json(response, 201, { escalation_id: 'e3' });
  });
  const answer = await sidecar.ask('/escalations', { method: 'POST', body: '{"reason":"x"}' });
  expect(answer).toMatchObject({ status: 201, body: { escalation_id: 'e3' } });
  const keys = sidecar.seen.map((request) => request.headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  await api.kill();
});

test('a waiting agent gets its answer although the API is killed and restarted in between', async () => {
  const id = newId();
  const first = await sidecar.listenAsApi(() => {});
  const waiting = sidecar.ask(`/escalations/${id}/wait`, { headers: { 'x-run-token': 'runv1.a.b' } });
  await sidecar.seenRequest(1);
  await first.kill();
  const draining = await sidecar.listenAsApi((_request, response) => json(response, 503, { code: 'shutting_down' }));
  await sidecar.seenRequest(2);
  await draining.kill();
  const last = await sidecar.listenAsApi((_request, response) =>
    json(response, 200, { status: 'RESOLVED', resolution: 'yes' }),
  );
  expect(await waiting).toMatchObject({ status: 200, body: { status: 'RESOLVED', resolution: 'yes' } });
  for (const request of sidecar.seen) {
    expect(request.url).toBe(`/api/v1/internal/escalations/${id}/wait`);
    expect(request.headers).toMatchObject({ 'x-internal-token': TEST_CREW_TOKEN, 'x-run-token': 'runv1.a.b' });
  }
  await last.kill();
});

test('an agent that goes away ends the wait at the API', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const api = await sidecar.listenAsApi((_request, response) => response.once('close', resolve));
  const left = sidecar.crew.sh(
    `/opt/crewship/bin/node -e 'fetch("http://127.0.0.1:9119/escalations/abc/wait");
      setTimeout(() => process.exit(0), 300)'`,
  );
  await gone;
  await left;
  await api.kill();
});

test('a question to another agent is asked once and dropped when its asker goes away', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const api = await sidecar.listenAsApi((request, response) => {
    if (request.body.includes('Leaves')) response.once('close', resolve);
    else if (request.body.includes('Restart')) response.destroy();
    else setTimeout(() => json(response, 500, { code: 'query_failed', query_id: 'q1' }), 200);
  });
  const failed = await sidecar.ask('/queries', post({ question: 'Why?' }));
  expect(failed).toMatchObject({ status: 500, body: { code: 'query_failed', query_id: 'q1' } });
  expect(await sidecar.ask('/queries', post({ question: 'Restart' }))).toMatchObject({
    status: 503,
    body: { code: 'api_unavailable' },
  });
  expect(sidecar.seen).toHaveLength(2);
  const left = sidecar.crew.sh(
    `/opt/crewship/bin/node -e 'fetch("http://127.0.0.1:9119/queries",
      {method:"POST",body:"{\\"question\\":\\"Leaves\\"}"});
      setTimeout(() => process.exit(0), 300)'`,
  );
  await gone;
  await left;
  await api.kill();
});

test('late answers are asked for again while the API is away, and acknowledged once', async () => {
  await rm(sidecar.socketPath, { force: true });
  const asked = sidecar.ask('/answers', { headers: { 'x-run-token': 'runv1.a.b' } });
  const draining = await sidecar.listenAsApi((_request, response) => json(response, 503, { code: 'shutting_down' }));
  await sidecar.seenRequest(1);
  await draining.kill();
  const api = await sidecar.listenAsApi((request, response) => {
    if (request.method === 'GET') json(response, 200, { answers: [{ escalation_id: 'e1' }] });
    else json(response, 200, {});
  });
  expect(await asked).toMatchObject({ status: 200, body: { answers: [{ escalation_id: 'e1' }] } });
  const before = sidecar.seen.length;
  expect((await sidecar.ask('/answers/e1/acknowledge', { method: 'POST' })).status).toBe(200);
  expect(sidecar.seen.slice(before).map(({ url }) => url)).toEqual(['/api/v1/internal/answers/e1/acknowledge']);
  for (const request of sidecar.seen) expect(request.headers).toMatchObject({ 'x-internal-token': TEST_CREW_TOKEN });
  await api.kill();
});
