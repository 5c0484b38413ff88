import { expect, test } from 'vitest';
import { cancelAttempt } from '../../../activities/work/runs/exec/attempt-exec.ts';
import { readResult } from '../../../activities/work/runs/exec/read-result.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createDockerFixture, finish, startCrew } from '../../support/container-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());
const crew = perFile(() => startCrew(fixture));

const PROMPT_MS = 2_000;

/** Runs a script as the attempt's command and returns what the host makes of the directory it leaves. */
async function attack(script: string) {
  const attemptId = newId();
  const execId = await crew.start(attemptId, ['/bin/sh', '-c', `cd $CREWSHIP_RUN_DIR; echo said; ${script}`]);
  const { output, end } = await finish(crew.follow(attemptId, execId));
  const startedMs = performance.now();
  const result = await readResult({ dirs: fixture.settings }, { crewId: crew.spec.crewId, attemptId });
  expect(performance.now() - startedMs).toBeLessThan(PROMPT_MS);
  return { attemptId, output: output.toString(), end, result };
}

test.each([
  ['a symlink to a file of the host', 'ln -s /etc/passwd result.json', 'not_regular'],
  ['a symlink to a good file', 'echo \'{"summary":"x"}\' >real; ln -s real result.json', 'not_regular'],
  ['a second name of a file', 'echo \'{"summary":"x"}\' >real; ln real result.json', 'not_regular'],
  ['a dangling symlink', 'ln -s nowhere result.json', 'not_regular'],
  ['a symlink to itself', 'ln -s result.json result.json', 'not_regular'],
  ['a FIFO without a writer', 'mkfifo result.json', 'not_regular'],
  ['a directory', 'mkdir result.json', 'not_regular'],
  ['a socket', 'perl -MIO::Socket::UNIX -e \'IO::Socket::UNIX->new(Local=>"result.json",Listen=>1)\'', 'not_regular'],
  ['a huge file', 'head -c 3000000 /dev/zero >result.json', 'too_large'],
  ['a sparse file of 2 GiB', 'truncate -s 2G result.json', 'too_large'],
  ['a file of 64 KiB and one byte', 'head -c 65537 /dev/zero >result.json', 'too_large'],
  ['nothing', ':', 'missing'],
  ['an empty file', ': >result.json', 'invalid_json'],
  ['a text that is no JSON', 'echo hello >result.json', 'invalid_json'],
  ['JSON nested 30,000 deep', 'perl -e \'print "[" x 30000, "]" x 30000\' >result.json', 'invalid_json'],
  ['another shape', 'echo \'{"summary":7}\' >result.json', 'invalid_shape'],
  ['a negative cost', 'echo \'{"summary":"x","cost_usd":-1}\' >result.json', 'invalid_shape'],
  [
    'no rights to it',
    'echo \'{"summary":"x"}\' >result.json; chmod 0 result.json',
    process.getuid?.() === 0 ? 'ok' : 'unreadable',
  ],
  ['a run directory that is a symlink', 'mv $PWD $PWD.real; ln -s $PWD.real $PWD', 'not_regular'],
])('a result that is %s is a problem, not a read', async (_name, script, problem) => {
  const { result } = await attack(script);
  expect(result.ok ? 'ok' : result.problem).toBe(problem);
});

test('a good result is read, without what Postgres could not store', async () => {
  const { result } = await attack(
    'printf %s \'{"summary":"do\\u0000ne \\ud800",' +
      '"confidence":"high","handoff":{"n":[1]},"cost_usd":0.0125,"more":1}\' >result.json',
  );
  expect(result).toEqual({
    ok: true,
    result: { summary: 'done \ufffd', confidence: 'high', handoff: { n: [1] }, costMicroUsd: 12_500 },
  });
});

test.each([
  ['a symlink', 'rm output; ln -s /etc/passwd output'],
  ['a FIFO', 'rm output; mkfifo output'],
  ['a directory', 'rm output; mkdir output'],
])('an output replaced by %s gives nothing of it and does not hold up the end', async (_name, script) => {
  const { output, end } = await attack(script);
  // Opened before it was replaced, or not at all.
  expect(['said\n', '']).toContain(output);
  expect(end).toMatchObject({ outcome: 'exited', exitCode: 0 });
});

test('an output that grows beyond the limit by other hands is read up to the limit', async () => {
  const { output, end } = await attack('truncate -s 3G output; exit 4');
  expect(output.length).toBe(1_048_576);
  expect(end).toMatchObject({ outcome: 'exited', exitCode: 4, truncated: true });
});

test.each([
  ['a symlink', 'ln -s /etc/hostname exit; mkdir exit.new'],
  ['a FIFO', 'mkdir exit.new; mkfifo exit'],
  ['a huge file', 'mkdir exit.new; truncate -s 2G exit'],
  ['nonsense', 'mkdir exit.new; echo 99999 >exit'],
])('an exit record that is %s counts as none', async (_name, script) => {
  expect((await attack(script)).end).toMatchObject({ outcome: 'lost' });
});

test('an exit record written by the agent does not end a run that still goes on', async () => {
  const attemptId = newId();
  const script = 'echo 0 >$CREWSHIP_RUN_DIR/exit; echo said; exec sleep 300';
  const execId = await crew.start(attemptId, ['/bin/sh', '-c', script]);
  const events = crew.follow(attemptId, execId);
  expect((await events.next()).value).toMatchObject({ kind: 'output' });
  const next = events.next();
  const { containerId } = crew;
  expect((await fixture.docker.inspectExec(execId))?.running).toBe(true);
  expect(await cancelAttempt(fixture.attempts, { containerId, attemptId, graceMs: 5_000 })).toEqual({ remaining: 0 });
  expect((await next).value).toMatchObject({ kind: 'end', outcome: 'exited', exitCode: 143 });
});

test('agents can neither change an input nor put one there', async () => {
  const attemptId = newId();
  const script =
    'echo x >/inputs/$CREWSHIP_ATTEMPT_ID.input || rm -f /inputs/$CREWSHIP_ATTEMPT_ID.input || echo x >/inputs/y || ' +
    'echo refused';
  const execId = await crew.start(attemptId, ['/bin/sh', '-c', script], { input: { a: 1 } });
  expect((await finish(crew.follow(attemptId, execId))).output.toString()).toContain('refused');
});
