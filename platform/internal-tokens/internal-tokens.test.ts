import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInternalTokens, type TokenScope } from './internal-tokens.ts';

const master = 'm'.repeat(32);
const tokens = createInternalTokens([master]);
const scope: TokenScope = { kind: 'run', workspaceId: 'ws1', crewId: 'crew1', agentId: 'agent1', runId: 'run1' };

test('a token proves exactly the scope it was issued for', () => {
  expect(tokens.verify(tokens.issue(scope))).toEqual(scope);
  expect(tokens.verify(tokens.issue({ kind: 'crew', workspaceId: 'ws1', crewId: 'crew1' }))).toEqual({
    kind: 'crew',
    workspaceId: 'ws1',
    crewId: 'crew1',
  });
});

test('a changed character anywhere makes a token worthless', () => {
  const token = tokens.issue(scope);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: token.length - 1 }),
      fc.constantFrom('0', 'a', '.', 'z', '_'),
      (at, character) => {
        fc.pre(token[at] !== character);
        expect(tokens.verify(token.slice(0, at) + character + token.slice(at + 1))).toBeNull();
      },
    ),
  );
});

test('a MAC of one kind does not serve another', () => {
  const generation = tokens.issue({ kind: 'crew', workspaceId: 'ws1', crewId: 'x1', generation: 7 });
  expect(generation).toMatch(/^crwv2\.ws1\.x1\.7\.[0-9a-f]{64}$/);
  expect(tokens.verify(generation)).toEqual({ kind: 'crew', workspaceId: 'ws1', crewId: 'x1', generation: 7 });
  for (const changed of ['.8.', '.07.', '.7e0.', '.'])
    expect(tokens.verify(generation.replace('.7.', changed))).toBeNull();
  const crew = tokens.issue({ kind: 'crew', workspaceId: 'ws1', crewId: 'x1' });
  expect(tokens.verify(crew.replace('crwv1', 'agtv1'))).toBeNull();
});

test('the previous master is accepted and an unknown one is not', () => {
  const next = createInternalTokens(['n'.repeat(32), master]);
  expect(next.verify(tokens.issue(scope))).toEqual(scope);
  expect(createInternalTokens(['n'.repeat(32)]).verify(tokens.issue(scope))).toBeNull();
  expect(next.isMaster(master)).toBe(true);
});

test('rubbish is refused without an error', () => {
  for (const rubbish of ['', '.', 'crwv1', 'crwv1...', `crwv1.a.b.${'f'.repeat(64)}`, 'x'.repeat(10_000)]) {
    expect(tokens.verify(rubbish)).toBeNull();
  }
});
