import { expect, test } from 'vitest';
import { framingHeaders, framingOf } from './body-framing.ts';

const framing = (method: string, ...rawHeaders: string[]) => framingOf({ method, rawHeaders });

test('a body is delimited by its length or by chunks, and said so to the next hop', () => {
  expect(framing('POST', 'Content-Length', '7')).toEqual({ kind: 'length', bytes: 7 });
  expect(framing('POST', 'Transfer-Encoding', 'Chunked')).toEqual({ kind: 'chunked' });
  expect(framing('DELETE', 'content-length', '2')).toEqual({ kind: 'length', bytes: 2 });
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
    expect(framing(method, 'Content-Length', '0'), method).toEqual({ kind: 'none' });
    expect(framing(method), method).toEqual({ kind: 'none' });
  }
  expect(framingHeaders({ kind: 'none' }, 'POST')).toEqual({ 'content-length': '0' });
  expect(framingHeaders({ kind: 'none' }, 'GET')).toEqual({});
  expect(framingHeaders({ kind: 'length', bytes: 7 }, 'PUT')).toEqual({ 'content-length': '7' });
  expect(framingHeaders({ kind: 'chunked' }, 'PUT')).toEqual({ 'transfer-encoding': 'chunked' });
});

test('what two readers could read in two ways is refused', () => {
  for (const [method, ...headers] of [
    ['GET', 'Transfer-Encoding', 'chunked'],
    ['HEAD', 'Content-Length', '1'],
    ['TRACE', 'Content-Length', '1'],
    ['CONNECT', 'Transfer-Encoding', 'chunked'],
    ['POST', 'Content-Length', '1', 'Content-Length', '1'],
    ['POST', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'],
    ['POST', 'Transfer-Encoding', 'chunked', 'transfer-encoding', 'identity'],
    ['POST', 'Transfer-Encoding', 'gzip, chunked'],
    ['POST', 'Transfer-Encoding', 'identity'],
    ['POST', 'Content-Length', '1, 1'],
    ['POST', 'Content-Length', '+1'],
    ['POST', 'Content-Length', '0x1'],
    ['POST', 'Content-Length', '1', 'Connection', 'close, Content-Length'],
    ['GET', 'Connection', 'transfer-encoding'],
    ['GET', 'Connection', 'close', 'Connection', ' Host '],
  ] as const) {
    expect(() => framing(method, ...headers), headers.join(' ')).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  }
});
