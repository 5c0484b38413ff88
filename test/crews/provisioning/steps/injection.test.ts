import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { BuildTarget } from '../../../../activities/crews/provisioning/steps/build-types.ts';
import { miseFile } from '../../../../domain/crews/provisioning/mise-file.ts';
import { dockerTest } from '../../../support/docker-test.ts';
import { COMMON_UTILS, publishFeatures, REGISTRY_MISSING, TEST_PUBLISHER } from '../../../support/feature-registry.ts';
import {
  removeTestBuilds,
  runBuild,
  runInImage,
  testBuildDeps,
  testRun,
  testTarget,
} from '../../../support/test-builds.ts';

const targets: BuildTarget[] = [];
const deps = await testBuildDeps();
afterAll(() => removeTestBuilds(deps, targets));

const CANARY = '/tmp/escaped';
/** Pieces that end quotes, begin commands, or mean something to a shell, to env files, to TOML or to JSON. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[`'`, `"`, '`', '\\', '\n', '\r', '\t', ' ', ';', '&', '|', '>', '<', '*', '#', '!', '$', '=', '{{', '-'],
        ...[`$(touch ${CANARY})`, `\`touch ${CANARY}\``, `'; touch ${CANARY}; '`, `"; touch ${CANARY}; "`],
        ...[
          `\ntouch ${CANARY}\n`,
          `\nEOF\ntouch ${CANARY}\n`,
          '$' + '{PATH}',
          '$PATH',
          '--help',
          "'''",
          '"""',
          '\u0001',
        ],
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }).filter((text) => !text.includes('\0')),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join('').toWellFormed());

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const record = (prefix: string, values: readonly string[]) =>
  Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value]));
/** What `env -0` or our own printing of words gave, by NUL. */
const byNul = (text: string) => text.split('\0').slice(0, -1);
const variables = (text: string, prefix: string) =>
  Object.fromEntries(
    byNul(text)
      .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
      .filter(([name]) => new RegExp(`^${prefix}\\d+$`).test(name)),
  );

const batch = fc.record({
  options: fc.array(hostile, { minLength: 90, maxLength: 90 }),
  featureEnv: fc.array(
    hostile.filter((text) => !text.includes('$')),
    { minLength: 30, maxLength: 30 },
  ),
  containerEnv: fc.array(hostile, { minLength: 30, maxLength: 30 }),
  words: fc.array(hostile, { minLength: 90, maxLength: 90 }),
  line: fc.array(hostile, { minLength: 20, maxLength: 20 }),
});

dockerTest(
  'options, variables, words and lines reach their programs as they were written, and run nothing',
  async () => {
    await fc.assert(
      fc.asyncProperty(batch, async ({ options, featureEnv, containerEnv, words, line }) => {
        const name = `echo-${randomBytes(4).toString('hex')}`;
        await publishFeatures({
          'common-utils': COMMON_UTILS,
          [name]: {
            metadata: { containerEnv: record('F', featureEnv) },
            install: `env -0 >/opt/options; [ ! -e ${CANARY} ]`,
          },
        });
        const target = await testTarget(deps, {
          features: { [`${TEST_PUBLISHER}/${name}:1`]: record('o', options) },
          containerEnv: record('C', containerEnv),
          postCreateCommand: {
            words: ['sh', '-c', 'for w; do printf "%s\\0" "$w"; done >words', 'words', ...words],
            line: `printf '%s\\0' ${line.map(quoted).join(' ')} >line`,
            safe: `[ ! -e ${CANARY} ]`,
          },
        });
        targets.push(target);
        const { imageId } = await runBuild(deps, target, testRun());
        const read = (file: string) => runInImage(deps, imageId, `cat ${file}`);
        const installed = await read('/opt/options');
        expect(variables(installed, 'O')).toEqual(record('O', options));
        expect(variables(installed, 'F')).toEqual(record('F', featureEnv));
        expect(byNul(await read('/home/agent/words'))).toEqual(words);
        expect(byNul(await read('/home/agent/line'))).toEqual(line);
        const inCrew = await runInImage(deps, imageId, 'env -0');
        expect(variables(inCrew, 'C')).toEqual(record('C', containerEnv));
        expect(variables(inCrew, 'F')).toEqual(record('F', featureEnv));
      }),
      { numRuns: 2, endOnFailure: true },
    );
  },
  90_000,
  REGISTRY_MISSING,
);

test('a tool’s name and version are refused or stand alone in their line', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (name, version, backend) => {
      let text: string;
      try {
        text = miseFile({ tools: { [name]: version }, env: {}, backends: {} });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        text = miseFile({ tools: { tool: '1' }, env: {}, backends: { tool: backend } });
        const [, alias, ...rest] = text.split('\n');
        expect(JSON.parse(alias!.replace(/^"tool" = /, ''))).toBe(backend);
        expect(rest).toEqual(['[tools]', '"tool" = "1"', '']);
        return;
      }
      expect(text).toMatch(/^\[tool_alias\]\n\[tools\]\n"[A-Za-z0-9-]+" = "[A-Za-z0-9.-]+"\n$/);
    }),
    { numRuns: 500 },
  );
});
