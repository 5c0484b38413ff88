import { expect, test } from 'vitest';
import { AGENT_OPEN_FILES } from '../../../activities/crews/containers/host-limits.ts';
import { createAttemptExec, endAttempt, startAttempt } from '../../../activities/work/runs/exec/attempt-exec.ts';
import { readResult } from '../../../activities/work/runs/exec/read-result.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createDockerFixture, finish, OUTPUT_LIMIT_BYTES, readUntil, startCrew } from '../../support/container-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());
const crew = perFile(() => startCrew(fixture));

const shell = (script: string) => ['/bin/sh', '-c', script];

test('an attempt gets its input, its environment and its arguments, and gives output, result and exit code', async () => {
  const attemptId = newId();
  const script =
    'cat; echo " $CREWSHIP_RUN_TOKEN $1"; echo oops >&2; pwd; echo ' +
    '\'{"summary":"fine"}\' >$CREWSHIP_RUN_DIR/result.json; exit 7';
  const execId = await crew.start(attemptId, [...shell(script), 'sh', 'with "quotes" and $HOME'], {
    input: { task: 'sail' },
    env: { CREWSHIP_RUN_TOKEN: 'runv1.x' },
  });
  const { output, end } = await finish(crew.follow(attemptId, execId));
  expect(output.toString()).toBe('{"task":"sail"} runv1.x with "quotes" and $HOME\noops\n/workspace\n');
  expect(end).toEqual({ kind: 'end', outcome: 'exited', exitCode: 7, signal: null, full: [], truncated: false });
  expect(await readResult({ dirs: fixture.settings }, { crewId: crew.spec.crewId, attemptId })).toEqual({
    ok: true,
    result: { summary: 'fine' },
  });
});

test('an agent begins with the open files that are its own, whatever the container gives an exec', async () => {
  const script = 'echo $(ulimit -S -n) $(ulimit -H -n)';
  const limits = `${AGENT_OPEN_FILES} ${fixture.settings.nofileHardLimit}\n`;
  const attemptId = newId();
  const { output } = await finish(crew.follow(attemptId, await crew.start(attemptId, shell(script))));
  expect(output.toString()).toBe(limits);
});

test('an attempt that is started twice runs once', async () => {
  const attemptId = newId();
  const script =
    'echo ran >>/workspace/$CREWSHIP_ATTEMPT_ID; read -r line </workspace/go-$CREWSHIP_ATTEMPT_ID; echo $line';
  const { containerId } = crew;
  await crew.sh(`mkfifo /workspace/go-${attemptId}`);
  const first = await crew.start(attemptId, shell(script));
  const events = crew.follow(attemptId, first);
  // Another exec of the same attempt, as after a crash between creating and committing.
  const second = await crew.start(attemptId, shell(script));
  expect((await finish(crew.follow(attemptId, second))).end.outcome).toBe('refused');
  // The same exec again, as after a crash between starting and hearing of it.
  expect(await startAttempt(fixture.attempts, { containerId, attemptId, execId: first })).toMatchObject({
    start: 'already',
  });
  await crew.sh(`echo on >/workspace/go-${attemptId}`);
  expect((await finish(events)).output.toString()).toBe('on\n');
  expect(await startAttempt(fixture.attempts, { containerId, attemptId, execId: first })).toMatchObject({
    start: 'already',
  });
  expect((await crew.sh(`cat /workspace/${attemptId}`)).stdout).toBe('ran\n');
});

test('a second reader goes on where the first one was cut off, also after the end', async () => {
  const attemptId = newId();
  await crew.sh(`mkfifo /workspace/go-${attemptId}`);
  const execId = await crew.start(
    attemptId,
    shell(`echo one; read -r l </workspace/go-${attemptId}; echo two; exit 3`),
  );
  const abort = new AbortController();
  const first = crew.follow(attemptId, execId, { signal: abort.signal });
  const { output, offset } = await readUntil(first, 'one\n');
  expect(output).toBe('one\n');
  const next = first.next();
  abort.abort(new Error('worker gone'));
  await expect(next).rejects.toThrow('worker gone');

  const second = crew.follow(attemptId, execId, { fromOffset: offset });
  await crew.sh(`echo on >/workspace/go-${attemptId}`);
  const rest = await finish(second);
  expect(rest.output.toString()).toBe('two\n');
  expect(rest.end).toMatchObject({ outcome: 'exited', exitCode: 3 });
  const whole = await finish(crew.follow(attemptId, execId));
  expect(whole.output.toString()).toBe('one\ntwo\n');
  expect(whole.end).toMatchObject({ outcome: 'exited', exitCode: 3 });
});

test('output is seen while the command runs, chunk by chunk', async () => {
  const attemptId = newId();
  // A pipe a step: a reader of the next step must not meet the writer of the last one.
  await crew.sh(`cd /workspace && mkfifo 1-${attemptId} 2-${attemptId} 3-${attemptId}`);
  const steps = `for i in 1 2 3; do printf "step $i"; read -r l </workspace/$i-${attemptId}; done`;
  const execId = await crew.start(attemptId, shell(steps));
  const events = crew.follow(attemptId, execId);
  for (const step of ['step 1', 'step 2', 'step 3']) {
    expect((await readUntil(events, step)).output).toBe(step);
    await crew.sh(`echo on >/workspace/${step.at(-1)}-${attemptId}`);
  }
  expect((await finish(events)).end).toMatchObject({ outcome: 'exited', exitCode: 0 });
});

test('output beyond the limit is dropped and does not block the command', async () => {
  const attemptId = newId();
  const limits = { outputLimitBytes: 10_240 };
  const script = 'head -c 5000000 /dev/zero; echo done >/workspace/$CREWSHIP_ATTEMPT_ID';
  const execId = await crew.start(attemptId, shell(script), limits);
  const { output, end } = await finish(crew.follow(attemptId, execId, limits));
  expect(output.length).toBe(10_240);
  expect(end).toEqual({ kind: 'end', outcome: 'exited', exitCode: 0, signal: null, full: [], truncated: true });
  expect((await crew.sh(`cat /workspace/${attemptId}`)).stdout).toBe('done\n');
});

test('a command that does not exist and a signal that ends it are exit codes', async () => {
  for (const [command, exitCode] of [
    [['/no/such/program'], 127],
    [shell('kill -9 $$'), 137],
  ] as const) {
    const attemptId = newId();
    const execId = await crew.start(attemptId, command);
    expect((await finish(crew.follow(attemptId, execId))).end).toMatchObject({ outcome: 'exited', exitCode });
  }
});

test('a process left behind does not hold up the end', async () => {
  const attemptId = newId();
  const execId = await crew.start(attemptId, shell('echo started; sleep 300 & exit 0'));
  const { output, end } = await finish(crew.follow(attemptId, execId));
  expect(output.toString()).toBe('started\n');
  expect(end).toMatchObject({ outcome: 'exited', exitCode: 0 });
  const { containerId } = crew;
  expect(await endAttempt(fixture.attempts, { containerId, attemptId, graceMs: 1_000 })).toMatchObject({ left: null });
});

test('cancelling ends the command gracefully and its exit code is recorded', async () => {
  const attemptId = newId();
  const execId = await crew.start(
    attemptId,
    shell("trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.02; done"),
  );
  const events = crew.follow(attemptId, execId);
  await readUntil(events, 'up\n');
  const { containerId } = crew;
  expect(await endAttempt(fixture.attempts, { containerId, attemptId, graceMs: 10_000 })).toMatchObject({ left: null });
  const { output, end } = await finish(events);
  expect(output.toString()).toContain('bye\n');
  expect(end).toMatchObject({ outcome: 'exited', exitCode: 9 });
});

test('cancelling reaches children that changed session, forked twice, cleared their environment or ignore SIGTERM', async () => {
  const attemptId = newId();
  const other = newId();
  const stubborn = "trap '' TERM HUP INT; while :; do sleep 0.05; done";
  const script = [
    `setsid sh -c 'setsid sh -c "${stubborn.replaceAll("'", "'\\''")}" & exit 0' </dev/null >/dev/null 2>&1`,
    `env -i sh -c 'sleep 4242' &`,
    `env -i setsid sh -c 'sleep 4243; :' &`,
    stubborn.replace('while', 'echo up; while'),
  ].join('\n');
  const execId = await crew.start(attemptId, shell(script));
  const bystander = await crew.start(other, shell('echo up; read -r x </workspace/never 2>/dev/null || sleep 4244'));
  const events = crew.follow(attemptId, execId);
  const others = crew.follow(other, bystander);
  await readUntil(events, 'up\n');
  await readUntil(others, 'up\n');
  const { containerId } = crew;
  expect(await endAttempt(fixture.attempts, { containerId, attemptId, graceMs: 200 })).toMatchObject({ left: null });
  expect((await finish(events)).end).toMatchObject({ outcome: 'exited', exitCode: 137 });
  const { stdout } = await crew.sh("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '");
  expect(stdout).not.toContain('424' + '2');
  expect(stdout).not.toContain('424' + '3');
  expect(stdout).not.toContain("trap ''");
  expect(stdout).toContain('424' + '4');
  await endAttempt(fixture.attempts, { containerId, attemptId: other, graceMs: 1_000 });
  expect((await finish(others)).end).toMatchObject({ outcome: 'exited', exitCode: 143 });
});

test('an attempt is lost when its container is killed, and runs nothing when the container restarts first', async () => {
  const own = await startCrew(fixture);
  const attemptId = newId();
  const execId = await own.start(attemptId, shell('echo up; sleep 300'));
  const events = own.follow(attemptId, execId);
  await readUntil(events, 'up\n');

  const waiting = newId();
  const exec = { containerId: own.containerId, attemptId: waiting, command: shell('echo never'), env: {} };
  const created = await createAttemptExec(fixture.attempts, { ...exec, outputLimitBytes: OUTPUT_LIMIT_BYTES });
  await fixture.docker.restartContainer(own.containerId, 0);

  expect((await finish(events)).end).toMatchObject({ outcome: 'lost' });
  expect((await finish(own.follow(attemptId, execId))).end).toMatchObject({ outcome: 'lost' });
  const again = { containerId: own.containerId, attemptId: waiting, execId: created.execId };
  await expect(startAttempt(fixture.attempts, again)).rejects.toSatisfy((e) => isDockerError(e, 'not_found'));
  expect((await finish(own.follow(waiting, created.execId))).end).toMatchObject({ outcome: 'lost' });
  await fixture.docker.removeContainer(own.containerId);
  const gone = { containerId: own.containerId, attemptId, graceMs: 100 };
  expect(await endAttempt(fixture.attempts, gone)).toMatchObject({ left: null });
}, 20_000);
