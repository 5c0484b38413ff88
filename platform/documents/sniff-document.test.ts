import { expect, test } from 'vitest';
import { sniffHead } from './sniff-document.ts';

const sniffed = (text: string, name = 'a') => sniffHead(Buffer.from(text), name);

test('a page is known behind blanks and comments, however many, and a text that begins so is none', async () => {
  expect(await sniffed('<!doctype html><p>a')).toBe('html');
  expect(await sniffed(' \n<!-- a --><!---->\n<HTML lang="en">')).toBe('html');
  expect(await sniffed('<htmlish>')).toBe('text');
  expect(await sniffed('<!-- never closed <html>')).toBe('text');
  const since = performance.now();
  expect(await sniffed(`${'<!---->'.repeat(9_000)}x`)).toBe('text');
  expect(await sniffed(`${'<!---->'.repeat(9_000)}<body>`)).toBe('html');
  expect(await sniffed(`${'<!--'.repeat(16_000)}x`)).toBe('text');
  expect(performance.now() - since).toBeLessThan(2_000);
});
