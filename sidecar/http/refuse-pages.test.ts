import { expect, test } from 'vitest';
import { RequestProblem } from './problem.ts';
import { refusePages } from './refuse-pages.ts';

test('programs pass and pages do not, under whatever name they come', () => {
  for (const host of ['127.0.0.1:9119', 'localhost', 'LOCALHOST:9119', '[::1]:9119', undefined]) {
    expect(() => refusePages({ headers: { host } }), host).not.toThrow();
  }
  for (const headers of [
    { host: '127.0.0.1:9119', origin: 'https://example.com' },
    { host: '127.0.0.1:9119', origin: 'http://127.0.0.1:9119' },
    { host: '127.0.0.1:9119', origin: 'null' },
    { host: 'rebound.example.com:9119' },
    { host: '127.0.0.1.example.com' },
    { host: 'localhost@example.com' },
    { host: '127.0.0.1:9119', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { host: '127.0.0.1:9119', 'sec-fetch-site': 'same-origin' },
  ]) {
    expect(() => refusePages({ headers }), JSON.stringify(headers)).toThrow(RequestProblem);
  }
});
