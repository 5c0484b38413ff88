import { expect, test } from 'vitest';
import { type ApiRequest, type ApiResponse, ApiUnreachableError } from '../api/api-client.ts';
import { createCostReports } from './cost-reports.ts';

const times = { patienceMs: 50, waitPatienceMs: 50, firstRetryMs: 1, longestRetryMs: 5 };
const config = { crew_token: 'crwv1.w.c.secret' };
const taken: ApiResponse = { status: 202, contentType: 'application/json', body: Buffer.from('{"id":"cl_1"}') };

function apiThat(answer: (sent: ApiRequest, attempt: number) => ApiResponse) {
  const seen: string[] = [];
  return {
    seen,
    api: async (request: ApiRequest) => {
      seen.push(
        request.body === undefined
          ? request.path
          : (JSON.parse(request.body.toString()) as { call_id: string }).call_id,
      );
      return answer(request, seen.length);
    },
  };
}

const record = (id: string) => ({ kind: 'record', fields: { call_id: id } }) as const;

test('reports go in their order, each again under its key until the API takes it', async () => {
  const { seen, api } = apiThat((_request, attempt) => {
    if (attempt === 1) throw new ApiUnreachableError(false);
    if (attempt === 2) throw new ApiUnreachableError(true);
    return attempt === 3 ? { ...taken, status: 503 } : taken;
  });
  const reports = createCostReports({ config, api, times });
  for (const id of ['a', 'b', 'c']) reports.admit()!.settle(record(id), 'runv1.x');
  await reports.drain(5_000);
  expect(seen).toEqual(['a', 'a', 'a', 'a', 'b', 'c']);
  expect([reports.pending, reports.refused]).toEqual([0, 0]);
});

test('what the API refuses for good is counted and does not hold up the others', async () => {
  const { seen, api } = apiThat((_request, attempt) => (attempt === 1 ? { ...taken, status: 422 } : taken));
  const reports = createCostReports({ config, api, times });
  reports.admit()!.settle(record('a'), undefined);
  reports.admit()!.settle(record('b'), undefined);
  reports.admit()!.settle(null, undefined);
  await reports.drain(5_000);
  expect(seen).toEqual(['a', 'b']);
  expect([reports.pending, reports.refused]).toEqual([0, 1]);
});

test('a reservation that is held no more is given back already', async () => {
  const { seen, api } = apiThat(() => ({ ...taken, status: 404 }));
  const reports = createCostReports({ config, api, times });
  reports.admit()!.settle({ kind: 'release', reservationId: 'br_1' }, undefined);
  await reports.drain(5_000);
  expect(seen).toEqual(['/api/v1/internal/cost/reservations/br_1']);
  expect(reports.refused).toBe(0);
});

test('with every place taken no further call is admitted, and none is dropped to make room', async () => {
  let isAway = true;
  const { seen, api } = apiThat(() => {
    if (isAway) throw new ApiUnreachableError(false);
    return taken;
  });
  const reports = createCostReports({ config, api, times, maxPending: 2 });
  reports.admit()!.settle(record('a'), undefined);
  const second = reports.admit()!;
  expect(reports.admit()).toBeNull();
  second.settle(record('b'), undefined);
  expect(reports.admit()).toBeNull();
  await reports.drain(20);
  expect(reports.pending).toBe(2);
  isAway = false;
  await reports.drain(5_000);
  expect(seen.slice(-2)).toEqual(['a', 'b']);
  expect(reports.admit()).not.toBeNull();
});
