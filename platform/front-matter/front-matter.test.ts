import { expect, test } from 'vitest';
import { readFrontMatter } from './front-matter.ts';

test('what stands between dashes is read, and the rest is the body', () => {
  const read = readFrontMatter(
    '---\r\nname: notes\r\ntags: [a, b]\r\nmetadata:\r\n  version: "1.0"\r\n---\r\n# Notes\r\n',
  );
  expect(read).toEqual({
    members: { name: 'notes', tags: ['a', 'b'], metadata: { version: '1.0' } },
    body: '# Notes\n',
  });
  expect(readFrontMatter('---\n---\nx')).toEqual({ members: {}, body: 'x' });
  expect(readFrontMatter('# No dashes\n\n---\nx')).toEqual({ members: {}, body: '# No dashes\n\n---\nx' });
});

test('what is no plain YAML is refused', () => {
  const bomb = 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]';
  for (const yaml of ['- a\n- b', 'a: [', 'a: 1\na: 2', bomb, `a: ${'x'.repeat(40_000)}`]) {
    expect(readFrontMatter(`---\n${yaml}\n---\nx`), yaml.slice(0, 20)).toBeNull();
  }
  expect(readFrontMatter('---\nname: never ends')).toBeNull();
});
