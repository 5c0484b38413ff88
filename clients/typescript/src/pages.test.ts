import { expect, test } from 'vitest';
import type { Values } from './connection.ts';
import { itemsOf } from './pages.ts';

const ALL = [1, 2, 3, 4, 5];

/** What a list of five gives for a query, in one of the forms that lists have. */
type Form = (query: Values) => { body: unknown; link?: string };

async function read(form: Form, first: Values) {
  const asked: object[] = [];
  const list = itemsOf(async (query) => {
    asked.push(query);
    const { body, link } = form(query);
    return { status: 200, headers: new Headers(link === undefined ? {} : { link }), body, replayed: false };
  }, first);
  const items: unknown[] = [];
  for await (const item of list) items.push(item);
  return { items, asked };
}

const slice = ({ offset = 0, limit = 2 }: { offset?: unknown; limit?: unknown }) => {
  const [from, size] = [Number(offset), Number(limit)];
  return { from, size, items: ALL.slice(from, from + size) };
};

test('a bare array goes on where its Link leads, with what was asked', async () => {
  const { items, asked } = await read(
    (query) => {
      const { from, size, items: body } = slice(query);
      const link = `</list?limit=${size}&offset=${from + size}>; rel="next"`;
      return from + size < ALL.length ? { body, link } : { body, link: `</list?offset=0>; rel="prev"` };
    },
    { limit: 2, status: 'open' },
  );
  expect(items).toEqual(ALL);
  expect(asked[1]).toEqual({ limit: '2', offset: '2', status: 'open' });
  expect(asked).toHaveLength(3);
});

test('a list that tells total and offset, pages by number, or has a cursor is read to its end', async () => {
  const total = await read((query) => {
    const { from, size, items } = slice(query);
    return { body: { items, total: ALL.length, limit: size, offset: from } };
  }, {});
  const numbered = await read(({ page = 1 }) => {
    const { items: data } = slice({ offset: (Number(page) - 1) * 2 });
    return { body: { data, stats: {}, pagination: { page: Number(page), limit: 2, total: 5, total_pages: 3 } } };
  }, {});
  const cursor = await read(({ cursor: after = '0' }) => {
    const { from, items } = slice({ offset: after });
    return { body: { entries: items, next_cursor: from + 2 < ALL.length ? String(from + 2) : null } };
  }, {});
  for (const { items, asked } of [total, numbered, cursor]) expect([items, asked.length]).toEqual([ALL, 3]);
});

test('a list without pages is whole, one that has become empty is over, and another answer is no list', async () => {
  expect(await read(() => ({ body: ALL }), {})).toEqual({ items: ALL, asked: [{}] });
  const empty: Form = () => ({ body: { items: [], total: 5, limit: 2, offset: 2 } });
  expect((await read(empty, {})).asked).toHaveLength(1);
  await expect(read(() => ({ body: { count: 5 } }), {})).rejects.toThrow('not a page of a list');
});

test('a list that goes on at a cursor is read by it alone, whatever its body counts', async () => {
  const { items, asked } = await read(
    ({ cursor = '0' }) => {
      const { from, items: some } = slice({ offset: cursor });
      const body = { items: some, total: ALL.length, limit: 2, offset: 0 };
      return from + 2 < ALL.length ? { body, link: `</list?limit=2&cursor=${from + 2}>; rel="next"` } : { body };
    },
    { offset: 0 },
  );
  expect([items, asked.length]).toEqual([ALL, 3]);
  expect(asked[1]).toEqual({ limit: '2', cursor: '2' });
});
