import { expect, test } from 'vitest';
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

test('an agent can neither remove nor replace its directory, nor see those of others', async () => {
  const attempt = await attack(
    'mv $PWD $PWD.real || rm -rf "$CREWSHIP_RUN_DIR" || ln -s /etc $PWD.real || ls /runs || echo refused',
  );
  expect(attempt.output).toContain('refused\n');
  expect(attempt.end).toMatchObject({ outcome: 'exited', exitCode: 0 });
});

test('one attempt reaches neither the directory nor the processes of another, even with their names', async () => {
  const attemptId = newId();
  const script = 'echo \'{"summary":"mine"}\' >$CREWSHIP_RUN_DIR/result.json; echo up; read -r x </workspace/go';
  await crew.sh('mkfifo -m 600 /workspace/go');
  const execId = await crew.start(attemptId, ['/bin/sh', '-c', script]);
  const events = crew.follow(attemptId, execId);
  expect((await events.next()).value).toMatchObject({ kind: 'output' });
  const other = await attack(
    `rm -rf /runs/*; rm -f /runs/${attemptId}/result.json; cat /runs/${attemptId}/result.json || echo refused`,
  );
  expect(other.output).toContain(process.getuid?.() === 0 ? 'refused\n' : '');
  await crew.sh('echo on >/workspace/go; rm /workspace/go');
  expect((await finish(events)).end).toMatchObject({ outcome: 'exited', exitCode: 0 });
  const result = await readResult({ dirs: fixture.settings }, { crewId: crew.spec.crewId, attemptId });
  expect(result).toEqual({ ok: true, result: { summary: 'mine' } });
});

test('what an attempt wrote and how it ended is out of its reach', async () => {
  const attempt = await attack(
    'd=/records/$CREWSHIP_ATTEMPT_ID; echo 0 >$d/exit || rm -rf $d || cat $d/output || echo forged >/records/x; exit 4',
  );
  expect(attempt.end).toMatchObject({ outcome: 'exited', exitCode: 4 });
  expect(attempt.output.startsWith('said\n')).toBe(true);
});

test('an agent that ends its supervisor, its container or everything ends itself alone', async () => {
  const polite = await attack('kill -9 1; kill -9 $PPID; echo alive');
  expect(polite.output).toContain('alive\n');
  expect(polite.end).toMatchObject({ outcome: 'exited', exitCode: 0 });
  expect((await attack('kill -9 -1; kill -9 $$')).end).toMatchObject({ exitCode: 137, signal: 9 });
  expect((await fixture.docker.inspectContainer(crew.containerId))?.running).toBe(true);
});

test('agents can neither change an input nor put one there', async () => {
  const attemptId = newId();
  const script =
    'echo x >/inputs/$CREWSHIP_ATTEMPT_ID.input || rm -f /inputs/$CREWSHIP_ATTEMPT_ID.input || echo x >/inputs/y || ' +
    'echo refused';
  const execId = await crew.start(attemptId, ['/bin/sh', '-c', script], { input: { a: 1 } });
  expect((await finish(crew.follow(attemptId, execId))).output.toString()).toContain('refused');
});
