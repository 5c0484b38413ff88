import { expect, test } from 'vitest';
import { withEndpointParts } from './endpoint-parts.ts';

const OLD = JSON.stringify({ baseURL: 'https://a.example/v1', apiKey: 'k', headers: { 'x-team': 't' } });

test('parts are replaced one by one, and what is left out stays', () => {
  expect(JSON.parse(withEndpointParts(OLD, { apiKey: 'n' }))).toEqual({
    baseURL: 'https://a.example/v1',
    apiKey: 'n',
    headers: { 'x-team': 't' },
  });
  expect(JSON.parse(withEndpointParts(OLD, { baseUrl: 'https://a.example/v2' }))).toMatchObject({
    baseURL: 'https://a.example/v2',
    apiKey: 'k',
  });
  expect(withEndpointParts(OLD, { apiKey: null, headers: {} })).toBe('https://a.example/v1');
});

test('what an endpoint is called with is sent to no other place', () => {
  expect(() => withEndpointParts(OLD, { baseUrl: 'https://b.example/v1' })).toThrow('endpoint_auth_token');
  expect(() => withEndpointParts(OLD, { baseUrl: 'https://b.example/v1', apiKey: 'n' })).toThrow('endpoint_headers');
  expect(withEndpointParts(OLD, { baseUrl: 'https://b.example/v1', apiKey: null, headers: {} })).toBe(
    'https://b.example/v1',
  );
  expect(withEndpointParts('https://a.example', { baseUrl: 'https://b.example' })).toBe('https://b.example');
});
