import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  createProvisioningCatalogs,
  type ProvisioningCatalogs,
} from '../../../api/crews/provisioning/provisioning-catalogs.ts';
import type { CatalogFeature, CatalogRuntime } from '../../../domain/crews/provisioning/catalog.ts';
import { FALLBACK_FEATURES } from '../../../domain/crews/provisioning/fallback-features.ts';
import { FALLBACK_RUNTIMES } from '../../../domain/crews/provisioning/fallback-runtimes.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import type { RemoteCatalogLimits } from '../../../platform/catalogs/remote-catalog.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

const INDEX = {
  collections: [
    {
      sourceInformation: { ociReference: 'ghcr.io/devcontainers/features' },
      features: [
        { id: 'ghcr.io/devcontainers/features/ours', version: '3.1.0', name: 'Ours', description: 'From the index' },
      ],
    },
  ],
};
const TOOLS = { tools: [{ name: 'unheard-of', description: 'From the index', latest_version: '1.2.3' }] };
const log = createLogger({ name: 'test', level: 'silent' });

/** The public indexes' place: what it answers is each test's, and what it was asked is counted. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: number;
const json = (document: unknown) => (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
};

const opened: { close(): unknown }[] = [];

const upstream = perFile(() =>
  serve((request, response) => {
    asked += 1;
    answer(request, response);
  }),
);
const api = perFile(() => startTestApi());
const user = perFile(() => api.addUser());
beforeEach(() => {
  asked = 0;
});
afterAll(async () => {
  for (const one of opened) await one.close();
});

function catalogs(limits: Partial<RemoteCatalogLimits> = {}): ProvisioningCatalogs {
  const made = createProvisioningCatalogs({
    featuresUrl: `${upstream.url}/index`,
    runtimesUrl: `${upstream.url}/tools`,
    log,
    limits,
  });
  opened.push(made);
  return made;
}
/** Long enough that whoever waits for it would fail. */
const NEVER_MS = 600_000;

test('the built-in catalogs answer in the documented shape to whoever is signed in', async () => {
  for (const path of ['features', 'runtimes']) {
    expect((await api.call(null, { method: 'GET', url: `/api/v1/${path}/catalog` })).statusCode).toBe(401);
  }
  const features = await user.send('GET', '/api/v1/features/catalog');
  expect(features.json()).toEqual({ features: FALLBACK_FEATURES });
  const runtimes = await user.send('GET', '/api/v1/runtimes/catalog');
  expect(runtimes.json()).toEqual({ runtimes: FALLBACK_RUNTIMES });
  expect(features.json<{ features: CatalogFeature[] }>().features[0]).toEqual({
    ref: 'ghcr.io/devcontainers/features/python:1',
    name: 'Python',
    description: expect.any(String) as string,
    category: 'languages',
    icon: 'code',
    size_hint: '~80 MB',
  });
});

test('search is a part of name, description or category, in any case', async () => {
  const search = async (path: string, text: string) =>
    (await user.send('GET', `/api/v1/${path}/catalog?search=${encodeURIComponent(text)}`)).json();
  const { runtimes } = (await search('runtimes', 'KUBERN')) as { runtimes: CatalogRuntime[] };
  expect(runtimes.map((runtime) => runtime.tool)).toEqual(['kubectl', 'helm', 'k9s']);
  const { features } = (await search('features', 'databases')) as { features: CatalogFeature[] };
  expect(features.every((feature) => feature.category === 'databases')).toBe(true);
  expect(await search('features', '%_(')).toEqual({ features: [] });
  expect(await search('features', 'x'.repeat(201))).toMatchObject({ status: 400, code: 'invalid_request' });
});

test('the indexes are read when somebody asks, once for all who ask at once, and answered over HTTP', async () => {
  answer = (request, response) => json(request.url === '/tools' ? TOOLS : INDEX)(request, response);
  const second = await startTestApi({ over: api.testDatabase, catalogs: catalogs({ firstWaitMs: NEVER_MS }) });
  opened.unshift(second);
  expect(asked).toBe(0);
  const found = await Promise.all(
    Array.from({ length: 20 }, () =>
      second.call(user.token, { method: 'GET', url: '/api/v1/features/catalog?search=OURS' }),
    ),
  );
  for (const response of found) {
    expect(response.json()).toEqual({
      features: [
        {
          ref: 'ghcr.io/devcontainers/features/ours:3',
          name: 'Ours',
          description: 'From the index',
          category: 'tools',
          icon: 'wrench',
          size_hint: '',
        },
      ],
    });
  }
  expect(asked).toBe(1);
  const tool = await second.call(user.token, { method: 'GET', url: '/api/v1/runtimes/catalog?search=unheard' });
  expect(tool.json()).toMatchObject({
    runtimes: [{ tool: 'unheard-of', versions: ['1.2.3'], default_version: '1.2.3' }],
  });
  await second.call(user.token, { method: 'GET', url: '/api/v1/runtimes/catalog' });
  expect(asked).toBe(2);
});

test('a source that refuses, is of another shape, broken or too large leaves the fallback', async () => {
  const sources: (typeof answer)[] = [
    (_request, response) => void response.writeHead(503).end('no'),
    json({ collections: 'none' }),
    json({ collections: [] }),
    json([]),
    (_request, response) => void response.end('<html>'),
    (_request, response) => void response.end(`{"collections": [], "filler": "${'x'.repeat(70_000)}"}`),
    (request) => void request.socket.destroy(),
    (_request, response) =>
      void response.writeHead(200, { 'content-length': '1000' }).write('{', () => response.destroy()),
    (_request, response) => void response.writeHead(302, { location: '/again' }).end(),
  ];
  for (const source of sources) {
    answer = source;
    const made = catalogs({ firstWaitMs: NEVER_MS, limitBytes: 65_536 });
    expect(await made.features.entries()).toBe(FALLBACK_FEATURES);
    expect(await made.runtimes.entries()).toBe(FALLBACK_RUNTIMES);
    // It is left alone for a while.
    const before = asked;
    await made.features.entries();
    expect(asked).toBe(before);
  }
});

test('a source that does not answer holds nobody up, and is given up', async () => {
  /** A source that keeps its callers: tells when one came, and when it went. */
  const silence = () => {
    const came = Promise.withResolvers<void>();
    const went = Promise.withResolvers<void>();
    answer = (request) => {
      request.socket.once('close', () => went.resolve());
      came.resolve();
    };
    return { came: came.promise, went: went.promise };
  };
  const slow = silence();
  const impatient = catalogs({ firstWaitMs: 1, timeoutMs: 200 });
  expect(await impatient.features.entries()).toBe(FALLBACK_FEATURES);
  await slow.went;

  const stuck = silence();
  const closing = catalogs({ firstWaitMs: NEVER_MS, timeoutMs: NEVER_MS });
  const waiting = closing.features.entries();
  await stuck.came;
  closing.close();
  expect(await waiting).toBe(FALLBACK_FEATURES);
  await stuck.went;
});

test('what is stale is given while it is read anew, and stays when that fails', async () => {
  answer = json(INDEX);
  const made = catalogs({ firstWaitMs: NEVER_MS, ttlMs: 0, retryMs: 0 });
  const first = await made.features.entries();
  expect(first.some((feature) => feature.name === 'Ours')).toBe(true);

  const { promise: failedTwice, resolve: fail } = Promise.withResolvers<void>();
  answer = (_request, response) => {
    if (asked >= 3) fail();
    response.writeHead(500).end();
  };
  // Each asks behind its answer, as soon as the last reading has ended.
  while (asked < 3) {
    expect(await made.features.entries()).toBe(first);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await failedTwice;
  expect(await made.features.entries()).toBe(first);

  answer = json({
    collections: [{ features: [{ id: 'ghcr.io/devcontainers/features/newer', version: '1.0.0', name: 'Newer' }] }],
  });
  let last = first;
  while (last === first) {
    last = await made.features.entries();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(last.some((feature) => feature.name === 'Newer')).toBe(true);
});
