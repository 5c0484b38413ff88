import { expect, test } from 'vitest';
import { chooseWorkspace } from './choose-workspace.ts';
import { namespaceGrants } from './namespace-grants.ts';

const one = { id: 'cone', slug: 'one' };
/** Whose slug is another's id. */
const two = { id: 'ctwo', slug: 'cone' };

test('a new credential is for the workspace that is named, or the only one', () => {
  expect(chooseWorkspace([one, two], 'one')).toBe('cone');
  expect(chooseWorkspace([two, one], 'cone')).toBe('cone');
  expect(chooseWorkspace([one], undefined)).toBe('cone');
  expect(chooseWorkspace([], undefined)).toBeNull();
});

test('one that cannot be entered is not found, and of several one is to be named', () => {
  expect(() => chooseWorkspace([one], 'ctwo')).toThrow(expect.objectContaining({ code: 'not_found' }));
  expect(() => chooseWorkspace([], 'one')).toThrow(expect.objectContaining({ code: 'not_found' }));
  expect(() => chooseWorkspace([one, two], undefined)).toThrow(expect.objectContaining({ code: 'workspace_required' }));
});

test('a viewer reads the team’s knowledge, others write it, and a project is as its role says', () => {
  const projects = [
    { id: 'p1', role: 'viewer' },
    { id: 'p2', role: 'editor' },
  ] as const;
  expect(namespaceGrants('VIEWER', projects)).toEqual([
    { name: 'team', access: 'read' },
    { name: 'project.p1', access: 'read' },
    { name: 'project.p2', access: 'write' },
  ]);
  expect(namespaceGrants('MEMBER', [])).toEqual([{ name: 'team', access: 'write' }]);
  expect(namespaceGrants(null, projects)).toEqual([]);
});
