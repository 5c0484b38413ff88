import { expect, test } from 'vitest';
import { scopesBeyond } from './scope-reach.ts';

const member = { role: 'MEMBER', capabilities: null, crewRoles: [] } as const;

test('a scope that opens nothing to a role is beyond it', () => {
  const scopes = ['*', 'crews:read', 'crews:write', 'chat:write', 'admin:read', 'settings:*', 'workspace:admin'];
  expect(scopesBeyond(scopes, member)).toEqual(['crews:write', 'admin:read', 'settings:*', 'workspace:admin']);
  expect(scopesBeyond(scopes, { ...member, role: 'MANAGER' })).toEqual(['admin:read', 'settings:*']);
  expect(scopesBeyond(scopes, { ...member, role: 'ADMIN' })).toEqual([]);
  expect(scopesBeyond(['approvals:decide'], member)).toEqual([]);
});

test('a role in a crew and a capability raise what is in reach, a crew’s role nothing beyond it', () => {
  const raised = { ...member, crewRoles: ['ADMIN'] } as const;
  expect(scopesBeyond(['crews:write', 'agents:*', 'workspace:write', 'settings:write'], raised)).toEqual([
    'workspace:write',
    'settings:write',
  ]);
  const capable = { ...member, capabilities: ['credential.rotate'] };
  expect(scopesBeyond(['credentials:write', 'skills:write', 'issues:write'], capable)).toEqual([
    'skills:write',
    'issues:write',
  ]);
});
