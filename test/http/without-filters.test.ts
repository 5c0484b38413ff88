import { beforeAll, expect, test } from 'vitest';
import type { ReadPool } from '../../db/kernel/read-pool.ts';
import { createForeignRows } from '../support/foreign-rows.ts';
import { fillPath } from '../support/path-rows.ts';
import { startTestApi, type TestOwner } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';

/** `c.workspace_id = $1`, as every store of a workspace's rows asks. */
const FILTER = /\b(?:[a-z]\w*\.)?workspace_id = (\$slonik_\d+)/g;

let unfiltered = 0;

/** The reads of stores that all forgot whose rows they may show. */
function withoutFilters(reads: ReadPool): ReadPool {
  const forget = <Q extends { readonly sql: string }>(query: Q): Q => {
    const text = query.sql.replaceAll(FILTER, (_filter, value: string) => `(${value}::text IS NOT NULL)`);
    if (text !== query.sql) unfiltered += 1;
    return { ...query, sql: text };
  };
  return {
    ...reads,
    any: (workspaceIds, query) => reads.any(workspaceIds, forget(query)),
    maybeOne: (workspaceIds, query) => reads.maybeOne(workspaceIds, forget(query)),
  };
}

const api = perFile(() => startTestApi({ reads: withoutFilters }));
let owner: TestOwner;
let foreign: Awaited<ReturnType<typeof createForeignRows>>;

beforeAll(async () => {
  owner = await api.addOwner();
  foreign = await createForeignRows(api);
});

test('stores that forget their workspace show and change nothing of another’s, on no route', async () => {
  const foreignIds = new Set(Object.entries(foreign.ids).flatMap(([name, id]) => (name === 'hostId' ? [] : [id])));
  let walked = 0;
  for (const route of api.routes) {
    const { authority, method, url } = route;
    if (authority.access !== 'member') continue;
    const isInteractive = authority.interactive === true;
    const response = await api.call(isInteractive ? (await api.signIn(owner.id)).jwt : owner.token, {
      method,
      url: fillPath(url, { ...foreign.ids, workspaceId: owner.workspaceId }),
      ...(method === 'GET' ? {} : { payload: {} }),
    });
    walked += 1;
    const label = `${route.operationId}: ${response.statusCode} ${response.body}`;
    // What takes a file may mind what else it is sent before it looks for the row.
    const refusals = route.isUpload === true ? [400, 404, 415] : [400, 404];
    if (/:(?!workspaceId)/.test(url)) expect(refusals, label).toContain(response.statusCode);
    const shown = [...response.body.matchAll(/"([\w-]{2,64})"/g)].map(([, text]) => text!);
    expect(
      shown.filter((text) => foreignIds.has(text)),
      label,
    ).toEqual([]);
  }
  expect(walked).toBeGreaterThan(100);
  expect(unfiltered).toBeGreaterThan(50);
});
