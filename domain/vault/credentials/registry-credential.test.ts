import { expect, test } from 'vitest';
import { checkRegistryChange, checkRegistryCredential } from './registry-credential.ts';

const registry = { type: 'USERPASS', provider: 'registry', account_label: 'ghcr.io', scope: 'WORKSPACE' } as const;

test('a registry’s credential is a user and a password of the whole workspace, and names the registry’s host', () => {
  for (const host of ['ghcr.io', 'localhost:5000', 'Registry.Example:443', '10.0.0.1:5000']) {
    expect(() => checkRegistryCredential({ ...registry, account_label: host })).not.toThrow();
  }
  for (const host of [null, '', 'https://ghcr.io', 'ghcr.io/acme', 'user@ghcr.io', 'ghcr.io:', 'a b', '-x.io']) {
    expect(() => checkRegistryCredential({ ...registry, account_label: host }), String(host)).toThrow();
  }
  expect(() => checkRegistryCredential({ ...registry, type: 'API_KEY' })).toThrow();
  expect(() => checkRegistryCredential({ ...registry, scope: 'CREW' })).toThrow();
  expect(() => checkRegistryCredential({ ...registry, provider: 'NONE', account_label: null })).not.toThrow();
});

test('whoever edits a credential cannot have its password sent to another registry', () => {
  const other = { ...registry, provider: 'NONE', account_label: 'evil.example' };
  expect(() => checkRegistryChange(registry, { ...registry })).not.toThrow();
  expect(() => checkRegistryChange(other, { ...other, account_label: 'x', scope: 'CREW' })).not.toThrow();
  expect(() => checkRegistryChange(registry, { ...registry, account_label: 'evil.example' })).toThrow();
  expect(() => checkRegistryChange(registry, { ...registry, provider: 'NONE' })).toThrow();
  expect(() => checkRegistryChange(other, { ...other, provider: 'Registry' })).toThrow();
  expect(() => checkRegistryChange(registry, { ...registry, scope: 'CREW' })).toThrow();
});
