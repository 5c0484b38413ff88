import { expect, test } from 'vitest';
import { originAllowed } from './origin-allowed.ts';

const closed = { allowedOrigins: [], allowLocalhost: false };

test('a page of the API’s own host, a listed one and a program without an origin are let in', () => {
  expect(originAllowed(undefined, 'api.example.com', closed)).toBe(true);
  expect(originAllowed('https://API.example.com', 'api.example.com', closed)).toBe(true);
  expect(originAllowed('http://api.example.com:8080', 'api.example.com:8080', closed)).toBe(true);
  const listed = { ...closed, allowedOrigins: ['https://app.example.com'] };
  expect(originAllowed('https://app.example.com', 'api.example.com', listed)).toBe(true);
});

test('other sites, opaque origins and nonsense are not; this machine’s pages only where that is allowed', () => {
  for (const origin of [
    'https://evil.example',
    'https://api.example.com.evil.example',
    'null',
    '',
    'file:///x',
    'a b',
  ]) {
    expect(originAllowed(origin, 'api.example.com', closed), origin).toBe(false);
  }
  expect(originAllowed('https://api.example.com:444', 'api.example.com', closed)).toBe(false);
  expect(originAllowed('http://localhost:3000', 'api.example.com', closed)).toBe(false);
  expect(originAllowed('http://localhost:3000', 'api.example.com', { ...closed, allowLocalhost: true })).toBe(true);
  expect(originAllowed('http://localhost.evil.example', 'x', { ...closed, allowLocalhost: true })).toBe(false);
});
