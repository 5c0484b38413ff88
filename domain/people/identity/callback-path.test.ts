import { expect, test } from 'vitest';
import { callbackPath } from './callback-path.ts';

const origin = 'https://crewship.example';

test('a callback leads to a path of this instance', () => {
  for (const [callback, path] of [
    ['/crews?tab=agents#top', '/crews?tab=agents#top'],
    ['crews', '/crews'],
    ['https://crewship.example/crews', '/crews'],
    [undefined, '/'],
  ] as const) {
    expect(callbackPath(callback, origin)).toBe(path);
  }
});

test('a callback leads nowhere else', () => {
  for (const callback of [
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    ' //evil.example',
    'http://crewship.example/',
    'https://crewship.example@evil.example/',
    'https://user@crewship.example/',
    'https://crewship.example//evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://crewship.example.evil.example/',
    `/${'x'.repeat(3_000)}`,
    'http://[',
  ]) {
    expect(callbackPath(callback, origin), callback).toBe('/');
  }
});
