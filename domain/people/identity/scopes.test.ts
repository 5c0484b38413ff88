import { expect, test } from 'vitest';
import { SCOPE_PATTERN, scopesAllow, scopesWithin } from './scopes.ts';

test('null scopes are the full role', () => {
  expect(scopesAllow(null, 'crews:write')).toBe(true);
  expect(scopesAllow([], 'crews:read')).toBe(false);
});

test('write covers read of the same resource and nothing of another', () => {
  expect(scopesAllow(['crews:write'], 'crews:read')).toBe(true);
  expect(scopesAllow(['crews:read'], 'crews:write')).toBe(false);
  expect(scopesAllow(['crews:write'], 'agents:read')).toBe(false);
  expect(scopesAllow(['crews:*'], 'crews:write')).toBe(true);
  expect(scopesAllow(['*'], 'workspace:admin')).toBe(true);
});

test('a scoped credential cannot make a wider one', () => {
  expect(scopesWithin(null, ['crews:read'])).toBe(false);
  expect(scopesWithin(['*'], ['crews:write'])).toBe(false);
  expect(scopesWithin(['crews:read'], ['crews:write'])).toBe(true);
  expect(scopesWithin(null, null)).toBe(true);
});

test('deciding on approvals is in no other scope', () => {
  for (const held of ['*', 'approvals:*', 'approvals:write'])
    expect(scopesAllow([held], 'approvals:decide')).toBe(false);
  expect(scopesAllow(['approvals:decide'], 'approvals:decide')).toBe(true);
  expect(scopesAllow(null, 'approvals:decide')).toBe(true);
});

test('only known resources and levels are scopes', () => {
  for (const good of ['*', 'crews:read', 'workspace:admin', 'agents:*']) expect(good).toMatch(SCOPE_PATTERN);
  for (const bad of ['', 'crews', 'crews:admin', 'teapots:read', 'crews:read ']) expect(bad).not.toMatch(SCOPE_PATTERN);
});
