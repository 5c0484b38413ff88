import { expect, test } from 'vitest';
import { diagnose, formatDiagnoses } from './diagnosis.ts';

const notSet = { way: 'REDIS_URL', finding: { state: 'absent', detail: 'not set' } } as const;
const notOnPath = {
  way: 'PATH',
  finding: { state: 'absent', detail: 'no redis-server on PATH', howToGet: 'install Redis' },
} as const;

test('a part that is there has nothing missing', () => {
  const ready = { way: 'PATH', finding: { state: 'ready', detail: '/usr/bin/redis-server', version: '7.0' } } as const;
  expect(diagnose('redis', [notSet, ready])).toMatchObject({
    found: 'PATH: /usr/bin/redis-server',
    missing: '',
    canBeHad: true,
  });
});

test('a part that a start installs can be had, and what is missing is said', () => {
  const apt = { way: 'apt', finding: { state: 'obtainable', detail: 'installs the package redis-server' } } as const;
  const diagnosis = diagnose('redis', [notSet, notOnPath, apt]);
  expect(diagnosis).toMatchObject({ found: 'no', missing: 'no redis-server on PATH', canBeHad: true });
  expect(diagnosis.howToGet).toBe('npm start installs the package redis-server; or install Redis');
});

test('a part that no way leads to names every way that was looked at', () => {
  const apt = { way: 'apt', finding: { state: 'absent', detail: 'installing with apt needs root' } } as const;
  const diagnosis = diagnose('redis', [notSet, notOnPath, apt]);
  expect(diagnosis.canBeHad).toBe(false);
  expect(diagnosis.missing).toBe('PATH: no redis-server on PATH; apt: installing with apt needs root');
  expect(formatDiagnoses([diagnosis])).toContain('install Redis');
});

test('a setting that does not work is a failure even where another way is open', () => {
  const broken = { way: 'REDIS_URL', finding: { state: 'broken', detail: 'no answer', howToGet: 'unset it' } } as const;
  const ready = { way: 'PATH', finding: { state: 'ready', detail: '/usr/bin/redis-server' } } as const;
  expect(diagnose('redis', [broken, ready])).toMatchObject({ canBeHad: false, howToGet: 'unset it' });
});
