import { expect, test } from 'vitest';
import { parseCommand } from './command-filter.ts';

test('quotes hold words together, and nothing is expanded', () => {
  expect(parseCommand(`git push "origin main" v1`)).toEqual(['git', 'push', 'origin main', 'v1']);
  expect(parseCommand(`curl -H 'Authorization: Bearer $TOKEN' https://api.example.com/v1?a=b`)).toEqual([
    'curl',
    '-H',
    'Authorization: Bearer $TOKEN',
    'https://api.example.com/v1?a=b',
  ]);
  expect(parseCommand(`printf '%s|%s;' a b`)).toEqual(['printf', '%s|%s;', 'a', 'b']);
  expect(parseCommand(`a ''`)).toEqual(['a', '']);
  expect(parseCommand('sh deploy.sh --prod')).toEqual(['sh', 'deploy.sh', '--prod']);
});

test('what is more than one plain command, or hands a program text to run, is refused', () => {
  for (const command of [
    '',
    '   ',
    'a\0b',
    'a; b',
    'a | b',
    'a > file',
    'a & b',
    'a && b',
    'a `b`',
    'a $(b)',
    'a "${b}"',
    'diff <(a) b',
    'cat <<EOF',
    'a\nb',
    'a\rb',
    'a "b\nc"',
    'a \u001b[2J',
    'a \\; b',
    `a 'b`,
    'X=1 a',
    'sh -c id',
    'bash -lc id',
    '/bin/sh -ec id',
    'sh',
    'python3 -c "print(1)"',
    'python -',
    'node -e 1',
    'node --eval=1',
    'perl -ne print',
    'ruby -e 1',
    'php -r 1',
    'awk BEGIN',
    'sed p',
    'env',
    'printenv TOKEN',
    'xargs a',
    'find . -exec a',
    'nohup sh -c id',
    'timeout 5 sh -c id',
    'cat /proc/self/environ',
    'cat //proc/1/environ',
    'cp file:///proc/self/environ x',
    'x'.repeat(4_097),
  ]) {
    expect(() => parseCommand(command), JSON.stringify(command)).toThrow(/^command: /);
  }
});
