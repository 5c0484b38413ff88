import { expect, test } from 'vitest';
import { systemActor } from '../../kernel/access/authority.ts';
import { entryKind } from '../../kernel/journal/entry-kind.ts';
import { joinFamilies } from '../../kernel/journal/join-families.ts';
import { auditEntry } from './audit-entry.ts';
import { ENTRY_TYPES } from './journal-entries.ts';
import { type NewJournalEntry, openEntry } from './new-journal-entry.ts';

const frame = { actor: systemActor(), workspaceId: 'w1', summary: 'test' };

/** What {@link NewJournalEntry} lets a command write; these are checked by the compiler, and nothing of them is run. */
function write(..._entries: readonly NewJournalEntry[]): void {}

test('every type of entry is known by one name, in order', () => {
  expect(ENTRY_TYPES).toContain('mission.status_change');
  expect(ENTRY_TYPES).toContain('audit.entity_deleted');
  expect([...new Set(ENTRY_TYPES)].sort()).toEqual(ENTRY_TYPES);
  for (const type of ENTRY_TYPES) expect(type).toMatch(/^[a-z_]+\.[a-z_]+$/);
});

test('a type that two families declare is refused', () => {
  expect(() => joinFamilies({ 'a.b': entryKind() }, { 'c.d': entryKind() }, { 'a.b': entryKind() })).toThrow(
    'a.b is declared twice',
  );
});

test('an entry’s type decides its payload, before anything runs', () => {
  const moved = { mission_id: 'm1', from: 'PLANNING', to: 'IN_PROGRESS', generation: 1 } as const;
  write({ ...frame, type: 'mission.status_change', payload: moved });
  write({ ...frame, type: 'credential.used' });
  // @ts-expect-error: no such type
  write({ ...frame, type: 'mission.status_changed', payload: moved });
  // @ts-expect-error: no such status
  write({ ...frame, type: 'mission.status_change', payload: { ...moved, to: 'DONE' } });
  // @ts-expect-error: no such member
  write({ ...frame, type: 'mission.status_change', payload: { ...moved, why: 'test' } });
  // @ts-expect-error: `generation` is missing
  write({ ...frame, type: 'mission.paused', payload: { mission_id: 'm1' } });
  // @ts-expect-error: another type's payload
  write({ ...frame, type: 'mission.paused', payload: { job_id: 'j1', reason: 'test' } });
  // @ts-expect-error: a payload that may not be left out
  write({ ...frame, type: 'mission.paused' });
  // @ts-expect-error: one that says nothing
  write({ ...frame, type: 'credential.used', payload: { name: 'test' } });
});

test('an audit entry’s target and verb decide its payload', () => {
  const who = { actor: systemActor(), workspaceId: 'w1', targetId: 'x', label: 'x' };
  write(auditEntry('deleted', { ...who, targetType: 'crew', payload: { agents: 2 } }));
  write(auditEntry('created', { ...who, targetType: 'crew' }));
  // @ts-expect-error: nobody's target
  write(auditEntry('created', { ...who, targetType: 'ship' }));
  // @ts-expect-error: nobody updates a token
  write(auditEntry('updated', { ...who, targetType: 'cli_token', payload: { changed_fields: ['name'] } }));
  // @ts-expect-error: which fields?
  write(auditEntry('updated', { ...who, targetType: 'crew' }));
  // @ts-expect-error: of another verb
  write(auditEntry('created', { ...who, targetType: 'crew', payload: { agents: 2 } }));
  // @ts-expect-error: of another target
  write({ ...frame, type: 'audit.entity_updated', targetType: 'task', targetId: 't1', payload: { agents: 2 } });
});

test('only what crews make up is written as it comes, and says so', () => {
  write({ ...frame, ...openEntry('run.dreamt', { of: 'sheep' }) });
  const type: string = 'run.dreamt';
  // @ts-expect-error: any text is no type
  write({ ...frame, type, payload: {} });
});
