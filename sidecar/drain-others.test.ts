import { expect, test } from 'vitest';
import { instanceOf } from './drain-others.ts';

const node = ['/opt/crewship/bin/node', '--max-old-space-size=96'];
const file = '/opt/crewship/runtime/sidecar-0123456789abcdef.cjs';

test('a sidecar is known by its program and the word for serving, and named by its instance', () => {
  expect(instanceOf([...node, file, 'serve', 'i1'])).toBe('i1');
  // From before it was a CommonJS file.
  expect(instanceOf([...node, file.replace('.cjs', '.mjs'), 'serve', 'i1'])).toBe('i1');
  // From before instances had names.
  expect(instanceOf([...node, file])).toBe('');
  for (const argv of [
    [...node, file, 'health', '9119'],
    [...node, file, 'retire', 'i1'],
    ['/bin/sh', '-c', `node ${file} serve`],
    [...node, '/workspace/sidecar.cjs', 'serve', 'i1'],
    ['sleep', '1'],
    [],
  ]) {
    expect(instanceOf(argv), argv.join(' ')).toBe(null);
  }
});
