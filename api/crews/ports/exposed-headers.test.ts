import { expect, test } from 'vitest';
import { answerHeaders, preflightHeaders, requestHeaders } from './exposed-headers.ts';

const PREFIX = '/exposed/token';

test('credentials, where one comes from, and what belongs to the connection stay here', () => {
  const sent = requestHeaders(
    {
      ...{
        authorization: 'Bearer x',
        cookie: 'a=b',
        referer: 'https://api/exposed/token/',
        host: 'api',
        origin: 'null',
      },
      ...{ connection: 'keep-alive, X-Hop', 'x-hop': '1', te: 'trailers', 'keep-alive': '5', upgrade: 'h2c' },
      ...{ 'x-forwarded-for': '1.2.3.4', 'x-crewship-port': '9119', 'x-run-token': 'r', 'proxy-authorization': 'x' },
      ...{ accept: 'text/html', 'x-custom': 'kept', 'content-length': '3' },
    },
    3_000,
    PREFIX,
  );
  expect(sent).toEqual({
    ...{ accept: 'text/html', 'x-custom': 'kept', 'content-length': '3' },
    ...{ host: 'localhost:3000', 'x-forwarded-prefix': PREFIX },
  });
});

test('an answer touches nothing of this origin and cannot be kept past its revocation', () => {
  const answer = answerHeaders(
    {
      ...{ 'set-cookie': ['session=1; Path=/'], 'service-worker-allowed': '/', 'clear-site-data': '"*"' },
      ...{
        'strict-transport-security': 'max-age=1',
        'access-control-allow-origin': 'https://evil',
        'cache-control': 'public',
      },
      ...{ 'content-security-policy': "default-src 'self'", 'x-crewship-ports-error': 'forged', connection: 'close' },
      ...{ 'content-type': 'text/html', etag: '"1"' },
      ...{
        'x-accel-redirect': '/internal/secrets',
        'x-sendfile': '/etc/passwd',
        refresh: '0; url=//evil',
        link: '</a>',
      },
    },
    3_000,
    PREFIX,
  );
  expect(answer).toEqual({
    ...{
      'content-type': 'text/html',
      etag: '"1"',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': '*',
    },
    ...{ 'cache-control': 'private, no-cache', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' },
    'content-security-policy':
      "default-src 'self', sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts",
    'x-robots-tag': 'noindex, nofollow',
  });
});

test('redirects of the program stay beneath its address, others lead where they say', () => {
  const move = (location: string) => answerHeaders({ location }, 3_000, PREFIX).location;
  expect(move('/login?next=%2F')).toBe('/exposed/token/login?next=%2F');
  expect(move('http://localhost:3000/a')).toBe('/exposed/token/a');
  expect(move('http://127.0.0.1:3000')).toBe('/exposed/token/');
  expect(move('/exposed/token/there')).toBe('/exposed/token/there');
  expect(move('next')).toBe('next');
  expect(move('//elsewhere.example/a')).toBe('//elsewhere.example/a');
  expect(move('https://elsewhere.example/a')).toBe('https://elsewhere.example/a');
});

test('a page may ask with the headers that it asks for', () => {
  expect(preflightHeaders({ 'access-control-request-headers': 'content-type,x-a' })).toMatchObject({
    'access-control-allow-headers': 'content-type,x-a',
    'access-control-allow-origin': '*',
  });
});
