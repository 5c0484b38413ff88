import { expect, test } from 'vitest';
import { codeLinkTarget, codeLinkUrl } from './code-link.ts';

test('links of pull and merge requests are read, whatever comes after the number', () => {
  const pull = codeLinkTarget('https://github.com/acme/shop.js/pull/12/files?w=1#diff');
  expect(pull).toEqual({
    ...{ provider: 'github', host: 'github.com', owner: 'acme', repo: 'shop.js', number: 12, kind: 'pull_request' },
  });
  expect(codeLinkUrl(pull!, 'https:')).toBe('https://github.com/acme/shop.js/pull/12');
  const merge = codeLinkTarget('https://gitlab.com/acme/web/shop/-/merge_requests/7/diffs');
  expect(merge).toMatchObject({ provider: 'gitlab', owner: 'acme/web', repo: 'shop', number: 7 });
  expect(codeLinkUrl(merge!, 'https:')).toBe('https://gitlab.com/acme/web/shop/-/merge_requests/7');
});

test('anything else is none, and no part leads elsewhere', () => {
  for (const link of [
    ...['', 'no url', 'ftp://github.com/a/b/pull/1', 'https://u:p@github.com/a/b/pull/1'],
    ...['https://github.com/a/b/pull/0', 'https://github.com/a/b/issues/1', 'https://github.com/a/b/pull/x'],
    ...['https://github.com/a/b%2f..%2fc/pull/1', 'https://gitlab.com/a/-/merge_requests/1'],
    ...['https://gitlab.com/a/b/-/issues/1', 'https://gitlab.com/a/b/merge_requests/1', 'https://gitlab.com/-/x/1'],
    ...['https://gitlab.com/a/%2e%2e%2fb/-/merge_requests/1'],
  ]) {
    expect(codeLinkTarget(link), link).toBeNull();
  }
});
