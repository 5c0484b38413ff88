import { expect, test } from 'vitest';
import type { RegisteredJobKind } from './job-registry.ts';
import { kindToStart, refuseCanceller, visibleJobs } from './job-access.ts';

const kind = (name: string, parts: Partial<RegisteredJobKind> = {}): RegisteredJobKind => ({
  name,
  description: '',
  startedBy: { action: 'create', scope: 'missions:write' },
  seenBy: { action: 'manage', scope: 'missions:read' },
  cancelledBy: { action: 'manage', scope: 'missions:write' },
  input: undefined as never,
  result: undefined as never,
  deadlineMs: 1,
  driver: 'job',
  steps: ['one'],
  ...parts,
});
const own = kind('own.kind');
const open = kind('open.kind', {
  startedBy: null,
  seenBy: { action: 'read', scope: 'crews:read' },
  cancelledBy: { action: 'create', scope: 'crews:write' },
});
const kinds = { all: [own, open], find: (name: string) => [own, open].find((one) => one.name === name) };
const caller = { userId: 'me', role: 'MANAGER', scopes: null } as const;

test('somebody sees their own jobs, everybody’s of kinds that are open to the role, and all as a manager of the workspace', () => {
  expect(visibleJobs(kinds, caller)).toEqual({ kinds: null, everybodys: ['open.kind'], userId: 'me' });
  expect(visibleJobs(kinds, { ...caller, role: 'ADMIN' })).toEqual({ kinds: null, everybodys: null, userId: 'me' });
});

test('a token with scopes hides the kinds that it does not cover, also from those who manage', () => {
  const scoped = { ...caller, role: 'OWNER', scopes: ['jobs:read', 'crews:read'] } as const;
  expect(visibleJobs(kinds, scoped)).toMatchObject({ kinds: ['open.kind'], everybodys: null });
});

test('who may cancel: whoever asked for it, those that the kind names, those who manage', () => {
  const theirs = { created_by: 'somebody' };
  const refused = { code: 'forbidden' };
  expect(() => refuseCanceller(own, { created_by: 'me' }, caller)).not.toThrow();
  expect(() => refuseCanceller(own, theirs, caller)).toThrow(expect.objectContaining(refused));
  expect(() => refuseCanceller(open, theirs, caller)).not.toThrow();
  expect(() => refuseCanceller(open, theirs, { ...caller, role: 'MEMBER' })).toThrow(expect.objectContaining(refused));
  expect(() => refuseCanceller(own, theirs, { ...caller, role: 'ADMIN' })).not.toThrow();
  // Of a kind that is gone: nobody but them.
  expect(() => refuseCanceller(undefined, theirs, caller)).toThrow(expect.objectContaining(refused));
  expect(() => refuseCanceller(undefined, theirs, { ...caller, role: 'OWNER' })).not.toThrow();
  // Nobody asked for it, and nobody is that.
  expect(() => refuseCanceller(own, { created_by: null }, { ...caller, userId: null })).toThrow();
  expect(() => refuseCanceller(own, { created_by: 'me' }, { ...caller, scopes: ['jobs:write'] })).toThrow();
});

test('who may start: a kind that is started this way, by a role and a token that it takes', () => {
  expect(kindToStart(kinds, 'own.kind', caller)).toBe(own);
  expect(() => kindToStart(kinds, 'open.kind', caller)).toThrow(
    expect.objectContaining({ code: 'kind_not_creatable' }),
  );
  expect(() => kindToStart(kinds, 'no.kind', caller)).toThrow(
    expect.objectContaining({ code: 'invalid_request', extensions: { kinds: ['own.kind'] } }),
  );
  for (const lacking of [{ role: 'MEMBER' as const }, { scopes: ['jobs:write', 'missions:read'] }]) {
    expect(() => kindToStart(kinds, 'own.kind', { ...caller, ...lacking })).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
  }
});
