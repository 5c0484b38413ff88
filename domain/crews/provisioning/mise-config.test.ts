import { expect, test } from 'vitest';
import { checkMiseConfig } from './mise-config.ts';

const pathsOf = (text: string) => checkMiseConfig(text).map((problem) => problem.path);
const json = (value: object) => JSON.stringify(value);

test('JSON with comments and TOML both hold tools and env', () => {
  expect(checkMiseConfig('{"tools": {"node": "22", "python": "3.12",}, /* why */ "env": {"A_1": "b c;$(d)"}}')).toEqual(
    [],
  );
  expect(
    checkMiseConfig('# ours\n[tools]\nnode = "22" # lts\n"go" = \'1.25\'\r\n\n[env]\nMODE = "a = b # c"\n'),
  ).toEqual([]);
  expect(checkMiseConfig('{}')).toEqual([]);
});

test('names, versions, values and counts obey the rules', () => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`A${index}`, '1']));
  const rules: [string, string[]][] = [
    [json({ tools: { 'npm:prettier': '3' } }), ['tools.npm:prettier']],
    [json({ tools: { 'a/b': '3' } }), ['tools.a/b']],
    [json({ tools: { '-x': '3' } }), ['tools.-x']],
    [json({ tools: { node: '..' } }), ['tools.node']],
    [json({ tools: { node: 22 } }), ['tools.node']],
    [json({ tools: { node: '22; id' } }), ['tools.node']],
    [json({ tools: { node: ['22'] } }), ['tools.node']],
    [json({ tools: many }), ['tools']],
    [json({ env: many }), ['env']],
    [json({ env: { lower: 'x' } }), ['env.lower']],
    ...['a\nb', 'a\rb', 'a\0b', "a'b", 'a"b', 'a`b', 'a<<EOF'].map((value): [string, string[]] => [
      json({ env: { A: value } }),
      ['env.A'],
    ]),
    [json({ tasks: {} }), ['tasks']],
    [json({ tools: [] }), ['tools']],
    ['[tools]\nnode = 22', ['']],
    ['[tools]\nnode = "22"\nnode = "20"', ['']],
    ['[tools]\n[tools]', ['']],
    ['node = "22"', ['']],
    ['[tasks.x]\nrun = "id"', ['']],
    ['[tools]\nnode = "2\\u0032"', ['']],
    ['{"tools": ', ['']],
    [`# ${'x'.repeat(10_240)}`, ['']],
  ];
  for (const [text, paths] of rules) expect([text, pathsOf(text)]).toEqual([text, paths]);
});
