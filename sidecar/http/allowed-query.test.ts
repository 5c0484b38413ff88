import { expect, test } from 'vitest';
import { allowedQuery } from './allowed-query.ts';
import { RequestProblem } from './problem.ts';

const ALLOWED = { limit: /^\d{1,3}$/, q: /^.{1,10}$/s };

test('only allowed parameters pass, encoded anew', () => {
  expect(allowedQuery('limit=5&q=a%26b%3Dc+d&workspace_id=w2&crew_id=c2&__proto__=x', ALLOWED)).toBe(
    '?limit=5&q=a%26b%3Dc+d',
  );
  expect(allowedQuery('crew_id=c2&x=1', ALLOWED)).toBe('');
  expect(allowedQuery('', ALLOWED)).toBe('');
  expect(allowedQuery('limit=5', {})).toBe('');
});

test('a value out of bounds and a parameter that comes twice are refused by name, without the value', () => {
  for (const query of ['limit=1000', 'limit=', 'limit=5%0a', 'limit=5&limit=6', `limit=${'9'.repeat(5_000)}`]) {
    expect(() => allowedQuery(query, ALLOWED), query).toThrow(RequestProblem);
  }
  try {
    allowedQuery('q=much-too-long-secret', ALLOWED);
    expect.unreachable();
  } catch (error) {
    expect((error as RequestProblem).problem).toEqual({
      status: 400,
      code: 'bad_request',
      title: 'Bad request',
      detail: 'q has a value that is not allowed.',
    });
  }
});
