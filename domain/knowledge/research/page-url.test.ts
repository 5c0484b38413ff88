import { expect, test } from 'vitest';
import { isOfDomains, pageUrl } from './page-url.ts';

test('a page has one address, whatever a campaign adds to it', () => {
  expect(pageUrl('https://EXAMPLE.com/a?utm_source=x&id=1&gclid=z#part')).toBe('https://example.com/a?id=1');
  expect(pageUrl('https://example.com')).toBe('https://example.com/');
  for (const wrong of [
    'ftp://example.com/',
    'https://a:b@example.com/',
    'nothing',
    `https://e.com/${'a'.repeat(2_048)}`,
  ]) {
    expect(pageUrl(wrong), wrong.slice(0, 30)).toBeNull();
  }
});

test('a domain has what is below it, and not what only ends like it', () => {
  expect(isOfDomains('https://docs.example.com/a', ['example.com'])).toBe(true);
  expect(isOfDomains('https://example.com:8443/a', ['example.com'])).toBe(true);
  expect(isOfDomains('https://notexample.com/', ['example.com'])).toBe(false);
  expect(isOfDomains('https://example.com.evil.net/', ['example.com'])).toBe(false);
  expect(isOfDomains('https://anything.net/', [])).toBe(true);
});
