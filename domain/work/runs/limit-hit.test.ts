import { expect, test } from 'vitest';
import { limitHit } from './limit-hit.ts';

const end = { exitCode: 137, signal: 9, full: [], oomKills: 0, refusedForks: 0 };
const limits = { memoryMb: 256, processes: 2_048 };

test('a signal is named, and what explains it is named instead', () => {
  expect(limitHit(end, limits)).toEqual({ code: 'killed_by_signal', message: 'ended by SIGKILL (exit code 137)' });
  expect(limitHit({ ...end, exitCode: 191, signal: 63 }, limits)?.message).toBe('ended by signal 63 (exit code 191)');
  const memory = limitHit({ ...end, oomKills: 1, refusedForks: 3, full: ['/tmp'] }, limits);
  expect(memory).toEqual({
    code: 'out_of_memory',
    message: 'the crew’s memory limit of 256 MB was reached (exit code 137): container_memory_mb of the crew raises it',
  });
  expect(limitHit({ ...end, refusedForks: 3, full: ['/tmp', '/output'] }, limits)).toMatchObject({
    code: 'disk_full',
    message:
      'no room is left on /tmp, /output (exit code 137): a container-restart of the crew empties what is in memory, ' +
      'and deleting files of the crew makes room',
  });
  expect(limitHit({ ...end, refusedForks: 3 }, limits)?.code).toBe('too_many_processes');
});

test('a command that ended well, or by itself, hit nothing', () => {
  expect(limitHit({ ...end, exitCode: 0, signal: null, oomKills: 1 }, limits)).toBeNull();
  expect(limitHit({ ...end, exitCode: 1, signal: null }, limits)).toBeNull();
});
