import { expect, test } from 'vitest';
import { toDockerError } from './docker-error.ts';

const rejected = (message: string) =>
  toDockerError(Object.assign(new Error(message), { statusCode: 400 }), 'create container').message;

test('a refusal that whoever configures a crew can mend says why', () => {
  expect(rejected('(HTTP code 400) bad parameter - range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs')).toBe(
    'create container: rejected (more CPUs than the host has, which are 2.00)',
  );
  expect(rejected('Minimum memory limit allowed is 6MB')).toBe(
    'create container: rejected (less memory than the least, which is 6MB)',
  );
  expect(rejected('write /var/lib/x: no space left on device')).toBe(
    'create container: rejected (the disk of the host is full)',
  );
});

test('what else a daemon says stays out of the message', () => {
  expect(rejected('invalid mount config: /srv/secret/path, TOKEN=abc')).toBe('create container: rejected');
});
