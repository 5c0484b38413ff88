import { invalidField } from '../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from './read-pool.ts';
import { type Fragment, type Query, sql } from './sql.ts';

/** A slice of a list and how many rows the whole list has. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  /** Where the list goes on after the slice; null: it does not, or the caller counts by `offset` alone. */
  readonly next?: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
  /** `next` of the slice before: whatever is added or removed meanwhile, no row comes twice and none is left out. */
  readonly cursor?: string | undefined;
}

const KEY_TYPES = {
  time: {
    cast: sql.fragment`timestamptz`,
    isValid: (value: unknown) =>
      typeof value === 'string' &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$/.test(value) &&
      new Date(value).toJSON()?.slice(0, 19) === value.slice(0, 19),
  },
  text: {
    cast: sql.fragment`text`,
    isValid: (value: unknown) => typeof value === 'string' && !value.includes('\0'),
  },
  integer: { cast: sql.fragment`bigint`, isValid: (value: unknown) => Number.isSafeInteger(value) },
} as const;

interface OrderKey {
  readonly expression: Fragment;
  readonly type: keyof typeof KEY_TYPES;
  readonly descends: boolean;
}

export function ascending(type: OrderKey['type'], expression: Fragment): OrderKey {
  return { type, expression, descends: false };
}

export function descending(type: OrderKey['type'], expression: Fragment): OrderKey {
  return { type, expression, descends: true };
}

/** What a list is in the order of. Its queries select `key`, filter by `after` and sort by `by`. */
export interface ListOrder {
  readonly by: Fragment;
  readonly key: Fragment;
  /** `AND …` of the rows after a cursor; empty without one. Throws `invalid_request` for what is no cursor of it. */
  after(page: PageRequest): Fragment;
}

function valuesOf(cursor: string, keys: readonly OrderKey[]): readonly (string | number)[] {
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    values = null;
  }
  const isOurs =
    Array.isArray(values) &&
    values.length === keys.length &&
    keys.every(({ type }, index) => KEY_TYPES[type].isValid((values as unknown[])[index]));
  if (!isOurs) throw invalidField('cursor', 'is no cursor of this list');
  return values as (string | number)[];
}

/** The keys together name one row and are never null; a row that keeps its keys keeps its place. */
export function listOrder(...keys: readonly OrderKey[]): ListOrder {
  const comma = sql.fragment`, `;
  const descends = keys[0]!.descends;
  const isOneWay = keys.every((key) => key.descends === descends);
  const beyond = (key: OrderKey) => (key.descends ? sql.fragment`<` : sql.fragment`>`);
  return {
    by: sql.join(
      keys.map((key) => (key.descends ? sql.fragment`${key.expression} DESC` : key.expression)),
      comma,
    ),
    key: sql.fragment`json_build_array(${sql.join(
      keys.map(({ expression }) => expression),
      comma,
    )})::text AS page_key`,
    after({ cursor, offset }) {
      if (cursor === undefined) return sql.fragment``;
      if (offset > 0) throw invalidField('offset', 'is not for pages by cursor');
      const given = valuesOf(cursor, keys).map(
        (value, index) => sql.fragment`${value}::${KEY_TYPES[keys[index]!.type].cast}`,
      );
      if (isOneWay) {
        const row = sql.join(
          keys.map(({ expression }) => expression),
          comma,
        );
        return sql.fragment`AND (${row}) ${beyond(keys[0]!)} (${sql.join(given, comma)})`;
      }
      const cases = keys.map((key, index) => {
        const same = keys.slice(0, index).map((one, place) => sql.fragment`${one.expression} = ${given[place]!}`);
        const parts = [...same, sql.fragment`${key.expression} ${beyond(key)} ${given[index]!}`];
        return sql.fragment`(${sql.join(parts, sql.fragment` AND `)})`;
      });
      return sql.fragment`AND (${sql.join(cases, sql.fragment` OR `)})`;
    },
  };
}

/** By when rows were made, the newest first: what most lists are. `alias` is the table's. */
export function newestFirst(alias: string): ListOrder {
  return listOrder(
    descending('time', sql.fragment`${sql.identifier([alias, 'created_at'])}`),
    descending('text', sql.fragment`${sql.identifier([alias, 'id'])}`),
  );
}

export function oldestFirst(alias: string): ListOrder {
  return listOrder(
    ascending('time', sql.fragment`${sql.identifier([alias, 'created_at'])}`),
    ascending('text', sql.fragment`${sql.identifier([alias, 'id'])}`),
  );
}

/** Where a list goes on after these rows, which have their order's key; null after a slice that is not full. */
export function nextCursor(rows: readonly object[], request: PageRequest): string | null {
  const last: { readonly page_key?: string } | undefined = rows.at(-1);
  if (last?.page_key === undefined || rows.length < request.limit) return null;
  return Buffer.from(last.page_key).toString('base64url');
}

/**
 * Reads a slice whose rows carry `total` from `count(*) OVER ()`. Measured on lists of tens to hundreds of rows the
 * window adds nothing that a second query would not cost twice; lists that grow without bound count separately. Only a
 * slice past the end has no row to carry the total, so only that one asks again, and a slice after a cursor, whose
 * window is what is left.
 */
export async function readPage<Row extends object>(
  reads: ReadPool,
  workspaceIds: readonly string[],
  query: Query,
  request: PageRequest,
  count: () => Query,
): Promise<Page<Row>> {
  const counted = async () => (await reads.maybeOne<{ total: number }>(workspaceIds, count()))?.total ?? 0;
  if (request.cursor !== undefined) {
    const [rows, total] = await Promise.all([reads.any<Row>(workspaceIds, query), counted()]);
    return { rows, total, next: nextCursor(rows, request) };
  }
  const found = await reads.any<Row & { total?: number }>(workspaceIds, query);
  const total = found[0]?.total;
  if (total === undefined) return { rows: [], total: request.offset === 0 ? 0 : await counted() };
  return { rows: found, total, next: nextCursor(found, request) };
}

/** `LIMIT … OFFSET …`. */
export function slice(request: PageRequest): Fragment {
  const { limit, offset } = request;
  return offset === 0 ? sql.limit(limit) : sql.fragment`${sql.limit(limit)} OFFSET ${offset}`;
}
