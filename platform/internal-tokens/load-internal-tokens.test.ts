import { expect, test } from 'vitest';
import { createInternalTokens, deriveMaster } from './internal-tokens.ts';
import { loadInternalTokens } from './load-internal-tokens.ts';

const scope = { kind: 'crew', workspaceId: 'ws1', crewId: 'crew1' } as const;
const ENCRYPTION_KEY = 'ab'.repeat(32);
const [current, previous] = ['c'.repeat(40), 'p'.repeat(40)];

function load(settings: Partial<Parameters<typeof loadInternalTokens>[0]>) {
  return loadInternalTokens({
    CREWSHIP_INTERNAL_TOKEN: undefined,
    CREWSHIP_INTERNAL_TOKEN_PREVIOUS: undefined,
    ENCRYPTION_KEY: undefined,
    ...settings,
  });
}

test('the current master issues, and the one before is accepted while it is named', () => {
  const before = createInternalTokens([previous]).issue(scope);
  const both = load({ CREWSHIP_INTERNAL_TOKEN: current, CREWSHIP_INTERNAL_TOKEN_PREVIOUS: previous });
  expect(both.verify(before)).toEqual(scope);
  expect(createInternalTokens([current]).verify(both.issue(scope))).toEqual(scope);
  expect(load({ CREWSHIP_INTERNAL_TOKEN: current }).verify(before)).toBe(null);
});

test('the master before may be the one that comes of the encryption key', () => {
  const before = createInternalTokens([deriveMaster(ENCRYPTION_KEY)]).issue(scope);
  const named = { CREWSHIP_INTERNAL_TOKEN: current, CREWSHIP_INTERNAL_TOKEN_PREVIOUS: 'derived' };
  expect(load({ ...named, ENCRYPTION_KEY }).verify(before)).toEqual(scope);
  expect(load({ CREWSHIP_INTERNAL_TOKEN: current, ENCRYPTION_KEY }).verify(before)).toBe(null);
  expect(() => load(named)).toThrow('ENCRYPTION_KEY');
});

test('without anything to sign with nothing starts', () => {
  expect(() => load({})).toThrow('must be set');
});
