import { expect, test } from 'vitest';
import { z } from 'zod';
import { textQuery } from './text-query.ts';

const members = z.object({
  limit: z.number().int().min(1).max(100).default(50).describe('Most of them.'),
  offset: z.number().int().min(0).optional(),
  direction: z.enum(['in', 'out']).default('in'),
});

test('numbers are read from text, and what is left out keeps its default', () => {
  const query = textQuery(members);
  expect(query.parse({ limit: '7', offset: '0', direction: 'out' })).toEqual({ limit: 7, offset: 0, direction: 'out' });
  expect(query.parse({})).toEqual({ limit: 50, direction: 'in' });
  for (const limit of ['', '0', '101', '1.5', 'many']) expect(query.safeParse({ limit }).success, limit).toBe(false);
});

test('documents say of them what they say of the members themselves', () => {
  const written = z.toJSONSchema(textQuery(members), { io: 'input' });
  expect(written).toEqual(z.toJSONSchema(members, { io: 'input' }));
});
