import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Route } from '../../api/http/kernel/route.ts';
import { fillParameters } from '../../api/http/kernel/route-path.ts';
import { openFingerprints } from '../support/fingerprint.ts';
import { createForeignRows } from '../support/foreign-rows.ts';
import { fillPath } from '../support/path-rows.ts';
import { startTestApi } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 12);

const api = perFile(() => startTestApi());
/** Of the caller's own workspace, so that bodies are judged and not only paths. */
const rows = perFile(() => createForeignRows(api));
const owner = perFile(() => api.addMember(rows.workspaceId, 'OWNER'));
const operator = perFile(() => api.addUser({ operator: true }));
/** Where a person who signed in is asked for. */
const session = perFile(() => api.signIn(owner.id));
const fingerprints = perFile(() => openFingerprints(api));

function bodyKeys(route: Route): string[] {
  return route.body instanceof z.ZodObject ? Object.keys(route.body.shape) : [];
}

const isInteractive = ({ authority }: Route) => 'interactive' in authority && authority.interactive === true;

function tokenFor(route: Route): string {
  if (isInteractive(route)) return session.jwt;
  return (route.authority.access === 'operator' ? operator : owner).token;
}

function send(route: Route, payload: unknown, token = tokenFor(route)) {
  return api.call(token, {
    method: route.method,
    url: fillPath(route.url, rows.ids),
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  });
}

/** Any JSON but what reaches for prototypes, which is refused before fields are looked at. */
const plainJson = fc.jsonValue().filter((value) => !/__proto__|"constructor"/.test(JSON.stringify(value)));

test('a key that reaches for a prototype is a 400 that says so, at any depth', async () => {
  const route = api.routes.find(({ operationId }) => operationId === 'createCrew')!;
  for (const text of ['{"__proto__":{}}', '{"name":{"__proto__":{}}}', '{"name":[{"constructor":{"prototype":{}}}]}']) {
    const response = await api.call(owner.token, {
      method: 'POST',
      url: route.url,
      headers: { 'content-type': 'application/json' },
      payload: text,
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '', message: 'must not hold the keys __proto__ or constructor.prototype' }],
    });
  }
});

test('a body with an unknown field is a 400 that names it, and writes nothing', async () => {
  const before = await fingerprints.take();
  // Other protocols than ours ignore what they do not know.
  const ours = ({ method, refusesAs }: Route) => method !== 'GET' && refusesAs === undefined;
  for (const route of api.routes.filter(ours)) {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom('name', 'slug', 'x'), plainJson), async (rest) => {
        const response = await send(route, { ...rest, surprising_field: 1 });
        // What takes a file, and no body beside it, takes no JSON at all.
        const expected = route.isUpload === true && route.body === undefined ? 415 : 400;
        expect(response.statusCode, `${route.operationId} ${response.body}`).toBe(expected);
        if (route.body === undefined) return;
        expect(response.json<{ errors: { path: string }[] }>().errors.map((error) => error.path)).toContain(
          'surprising_field',
        );
      }),
      { numRuns: RUNS },
    );
  }
  expect(await fingerprints.take()).toBe(before);
});

test('a field of the wrong type is a 400 with its path, and writes nothing', async () => {
  const before = await fingerprints.take();
  const wrong = fc.oneof(
    fc.constant({ nested: [{}] }),
    fc.constant([[['deep']]]),
    fc.constant(1e308),
    fc.constant(-1),
    fc.constant('x'.repeat(200_000)),
    fc.constant('nul \0 inside'),
    fc.constant('lone \ud800 surrogate'),
  );
  for (const route of api.routes.filter((candidate) => bodyKeys(candidate).length > 0)) {
    for (const key of bodyKeys(route)) {
      const field = (route.body as z.ZodObject).shape[key]!;
      await fc.assert(
        fc.asyncProperty(wrong, async (value) => {
          // What a field of any members takes is not of the wrong type.
          if (!(await field.safeParseAsync(value)).success) await refused(route, key, value);
        }),
        { numRuns: 4 },
      );
    }
  }
  expect(await fingerprints.take()).toBe(before);
});

async function refused(route: Route, key: string, value: unknown): Promise<void> {
  const response = await send(route, { [key]: value });
  if (route.refusesAs !== undefined) {
    expect(response.json(), `${route.operationId} ${key}`).toHaveProperty('error');
    return;
  }
  expect(response.statusCode, `${route.operationId} ${key} ${response.body.slice(0, 300)}`).toBe(400);
  const errors = response.json<{ errors?: { path: string }[] }>().errors;
  // Text that no row could hold is refused before it is matched to a field.
  if (errors === undefined) return;
  const named = errors.map((error) => error.path);
  expect(
    named.some((path) => path.startsWith(key)),
    `${route.operationId} ${key}: ${named.join(', ')}`,
  ).toBe(true);
}

test('whatever JSON is sent, nothing fails', async () => {
  for (const route of api.routes.filter(({ method }) => method !== 'GET')) {
    // A deletion that succeeds would leave the next ones nothing to judge.
    const known = bodyKeys(route);
    const document = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      ...(known.length === 0 ? [] : [fc.dictionary(fc.constantFrom(...known), fc.jsonValue({ maxDepth: 2 }))]),
    );
    await fc.assert(
      fc.asyncProperty(document, async (body) => {
        if (route.method === 'DELETE' && (body === null || JSON.stringify(body) === '{}')) return;
        // Signing out is among what is asked.
        const token = isInteractive(route) ? (await api.signIn(owner.id)).jwt : tokenFor(route);
        const response = await send(route, body, token);
        // No host is up in this test, which is a refusal of its own.
        if (response.statusCode === 503) expect(response.json()).toMatchObject({ code: 'no_live_host' });
        else expect(response.statusCode, `${route.operationId} ${response.body}`).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
  }
});

test('whatever the path and query hold, nothing fails', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
  for (const route of api.routes.filter(({ method, url }) => method === 'GET' && !url.startsWith('/health'))) {
    const names = route.query instanceof z.ZodObject ? Object.keys(route.query.shape) : ['x'];
    await fc.assert(
      fc.asyncProperty(text, fc.dictionary(fc.constantFrom(...names), text), async (segment, query) => {
        const path = fillParameters(route.url, () => encodeURIComponent(segment.toWellFormed()));
        const search = new URLSearchParams(
          Object.entries(query).map(([k, v]): [string, string] => [k, v.toWellFormed()]),
        );
        const response = await owner.send('GET', `${path}?${search}`);
        // What tells how the instance is answers that no host is up, as none is in this test.
        if (response.statusCode in route.responses) return;
        expect(response.statusCode, `${path}?${search} ${response.body}`).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
  }
});
