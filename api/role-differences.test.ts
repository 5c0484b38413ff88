import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Authority } from '../domain/kernel/access/authority.ts';
import { features } from './features.ts';
import { publicRoutes } from './http/kernel/feature.ts';
import { describeAuthority } from './http/kernel/openapi.ts';

const anything: never = new Proxy(() => anything, { get: () => anything }) as never;
const routes = publicRoutes(features, anything);

const docs = (file: string) => readFileSync(path.join(import.meta.dirname, '../docs', file), 'utf8');
const keyOf = (method: string, url: string) => `${method} ${url.replace(/\{[^}]+\}|:\w+/g, '{}')}`;

/** Class by operation, of what the manifest names. */
function readManifest(): Map<string, string> {
  let kind = '';
  const classes = new Map<string, string>();
  for (const line of docs('role-manifest.txt').split('\n')) {
    const heading = /^# (\w+): /.exec(line);
    if (heading !== null) kind = heading[1]!;
    const row = /^([A-Z]+) (\/\S+)$/.exec(line);
    if (row !== null) classes.set(keyOf(row[1]!, row[2]!), kind);
  }
  return classes;
}

/** The rows of the page: what differs. */
function readDifferences(): Map<string, { there: string; here: string }> {
  const rows = docs('contracts/roles.md').matchAll(/^\| `([A-Z]+) (\/[^`]+)` \| (\w+) \| ([^|]+) \| [^|]{5,} \|$/gm);
  return new Map(
    [...rows].map(([, method, url, there, here]) => [keyOf(method!, url!), { there: there!, here: here! }]),
  );
}

/** The class of the manifest that asks for what a route asks for. */
function classOf(authority: Authority): string {
  if (authority.access === 'user') return 'self';
  if (authority.access !== 'member' || authority.minRole !== undefined) return authority.access;
  return authority.action === 'read' || authority.action === 'participate' ? 'self' : authority.action;
}

test('every operation asks for what the manifest says, or the page says what it asks for and why', () => {
  const manifest = readManifest();
  expect(manifest.size).toBe(320);
  const differences = readDifferences();
  const differing = new Map<string, { there: string; here: string }>();
  for (const { method, url, authority } of routes) {
    const key = keyOf(method, url);
    const there = manifest.get(key);
    if (there === undefined || (there === classOf(authority) && !differences.has(key))) continue;
    differing.set(key, { there, here: describeAuthority(authority) });
  }
  expect(differences).toEqual(differing);
});
