import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Route } from '../../api/http/kernel/route.ts';
import { beatHost } from '../support/mission-crew.ts';
import '../support/property-seed.ts';
import { fillPath } from '../support/path-rows.ts';
import { openFingerprints } from '../support/fingerprint.ts';
import { arbitraryOf } from '../support/schema-values.ts';
import { createCrewRows } from './crew-rows.ts';
import { type InternalAnswer, startInternal } from '../support/sidecar-api.ts';
import { perFile } from '../support/world/per-file.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 12);

let own: Record<string, string>;
/** Ids and slugs of this crew, of its sibling and of a stranger: what bodies are made of. */
let pool: string[];

const internal = perFile(() => startInternal('hostile'));
const fingerprints = perFile(() => openFingerprints(internal.api));
const crew = perFile(() => internal.addCrew());
beforeAll(async () => {
  const sibling = await internal.addCrew(crew);
  const stranger = await internal.addCrew();
  own = await createCrewRows(internal, crew);
  pool = [crew, sibling, stranger].flatMap((one) => [
    one.crewId,
    one.missionId,
    one.lead.id,
    one.agents[0]!.id,
    one.agents[0]!.slug,
  ]);
  pool.push(...Object.values(own), crew.workspaceId);
  await beatHost(internal.api);
});

function send(route: Route, body: unknown): Promise<InternalAnswer> {
  return crew.call({ method: route.method, path: fillPath(route.url, own), body });
}

/** A question that reaches an agent waits for its answer, and no agent runs here. */
function wordsFor(route: Route): string[] {
  return route.operationId === 'askAgent' ? pool.filter((word) => !word.startsWith('one-')) : pool;
}

function label(route: Route, sent: unknown, answer: InternalAnswer): string {
  const asked = `${route.operationId} ${JSON.stringify(sent)?.slice(0, 500)}`;
  return `${asked} → ${answer.status} ${JSON.stringify(answer.body)}`;
}

/** Of a body that may be left out, too. */
function shapeOf(body: z.ZodType): Readonly<Record<string, z.ZodType>> {
  if (body instanceof z.ZodObject) return body.shape as Record<string, z.ZodType>;
  const isWrapped = body instanceof z.ZodOptional || body instanceof z.ZodNullable;
  return isWrapped ? shapeOf(body.unwrap() as z.ZodType) : {};
}

const withBody = () => internal.routes.filter(({ body }) => body !== undefined);

test('a body that no schema takes is a 400 on every route, and writes nothing', async () => {
  const before = await fingerprints.take();
  for (const route of internal.routes.filter(({ method }) => method !== 'GET')) {
    for (const text of ['[]', '"text"', '7', '{', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"__proto__":{}}']) {
      const answer = await crew.call({ method: route.method, path: fillPath(route.url, own), text });
      // JSON is of a type that an upload’s route does not take; what is no JSON is not even that.
      expect(route.isUpload === true ? [400, 415] : [400], label(route, text, answer)).toContain(answer.status);
    }
  }
  expect(await fingerprints.take()).toBe(before);
});

test('a member of the wrong kind is a 400 that names it, and writes nothing', async () => {
  const before = await fingerprints.take();
  for (const route of withBody()) {
    const shape = shapeOf(route.body!);
    expect(Object.keys(shape).length, route.operationId).toBeGreaterThan(0);
    for (const name of Object.keys(shape)) {
      for (const value of [[[['deep']]], 'x'.repeat(200_000), -1e308]) {
        const answer = await send(route, { [name]: value });
        // A scope that is not the caller's is that before it is anything else.
        if (name === 'workspace_id' && answer.status === 403) continue;
        expect(answer.status, label(route, name, answer)).toBe(400);
        // Long text is text: it may be what is missing beside it that is refused.
        if (typeof value === 'string') continue;
        const paths = (answer.body.errors as { path: string }[]).map(({ path }) => path);
        expect(
          paths.some((path) => path.startsWith(name)),
          label(route, name, answer),
        ).toBe(true);
      }
    }
  }
  expect(await fingerprints.take()).toBe(before);
});

test('whatever is sent in the schemas’ shapes, nothing fails, and what is refused writes nothing', async () => {
  let before = await fingerprints.take();
  for (const route of withBody()) {
    await fc.assert(
      fc.asyncProperty(arbitraryOf(route.body!, wordsFor(route)), async (body) => {
        const answer = await send(route, body === undefined ? {} : body);
        expect(answer.status, label(route, body, answer)).toBeLessThan(500);
        const after = await fingerprints.take();
        if (answer.status >= 400) expect(after, label(route, body, answer)).toBe(before);
        before = after;
      }),
      { numRuns: RUNS },
    );
  }
}, 120_000);

test('whatever path and query hold, nothing fails', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
  for (const route of internal.routes) {
    const names = route.query instanceof z.ZodObject ? Object.keys(route.query.shape) : ['x'];
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.dictionary(fc.constantFrom(...names), fc.oneof(text, fc.constantFrom(...pool))),
        async (segment, query) => {
          const path = route.url.replace(/:[A-Za-z]+/g, () => encodeURIComponent(segment.toWellFormed()));
          const search = new URLSearchParams(
            Object.entries(query).map(([name, value]): [string, string] => [name, value.toWellFormed()]),
          );
          const answer = await crew.call({ method: route.method, path: `${path}?${search}` });
          expect(answer.status, label(route, `${path}?${search}`, answer)).toBeLessThan(500);
        },
      ),
      { numRuns: RUNS },
    );
  }
});
