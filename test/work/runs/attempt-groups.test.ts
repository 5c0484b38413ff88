import { expect, test } from 'vitest';
import { HELPER_LABEL } from '../../../activities/crews/containers/root-helper.ts';
import { endAttempt } from '../../../activities/work/runs/exec/attempt-exec.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { createDockerFixture, DOCKER_HOST, finish, readUntil, startCrew } from '../../support/container-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());
const crew = perFile(() => startCrew(fixture));

const AWAY = `(env -i PATH=$PATH setsid sh -c 'trap "" TERM HUP; exec sleep 300' >/dev/null 2>&1 &)`;

async function started(script: string, of = crew) {
  const attemptId = newId();
  const execId = await of.start(attemptId, ['/bin/sh', '-c', `${script}; echo up; exec sleep 300`]);
  const events = of.follow(attemptId, execId);
  await readUntil(events, 'up\n');
  return { attemptId, execId, events };
}

test('all that an attempt starts is in its group, and nothing of another', async () => {
  const { containerId } = crew;
  const one = await started(AWAY);
  const other = await started(':');
  const groups = (await fixture.attempts.groups.list(containerId))!;
  const of = ({ attemptId }: { attemptId: string }) => groups.find(({ id }) => id === attemptId)!;
  // The supervisor, the sleep that the shell became, and the one that went away.
  expect([of(one), of(other)].map(({ processes }) => processes.length)).toEqual([3, 2]);
  expect(of(other)).toMatchObject({ kind: 'attempts' });
  for (const { pid, name } of of(one).processes) expect([pid > 1, name.length > 0]).toEqual([true, true]);
  const { attemptId } = one;
  expect(await endAttempt(fixture.attempts, { containerId, attemptId, graceMs: 50 })).toMatchObject({ left: null });
  await fixture.attempts.groups.remove({ containerId, attemptId });
  const left = (await fixture.attempts.groups.list(containerId))!;
  expect(left.map(({ id, processes }) => [id, processes.length])).toEqual([[other.attemptId, 2]]);
  await endAttempt(fixture.attempts, { containerId, attemptId: other.attemptId, graceMs: 1_000 });
});

test('what is kept is out of its attempt’s end, and ended by itself', async () => {
  const { containerId } = crew;
  const { attemptId } = await started(AWAY);
  const { groups } = fixture.attempts;
  expect((await groups.keep({ containerId, attemptId }))?.processes.length).toBe(3);
  expect(await endAttempt(fixture.attempts, { containerId, attemptId, graceMs: 0 })).toMatchObject({ left: null });
  expect((await groups.list(containerId))!.find(({ kind }) => kind === 'kept')?.id).toBe(attemptId);
  await groups.end({ containerId, attemptId, kind: 'kept', graceMs: 0, limitMs: 5_000 });
  await groups.remove({ containerId, attemptId, kind: 'kept' });
  expect((await groups.list(containerId))!.filter(({ kind }) => kind === 'kept')).toEqual([]);
});

test('a helper that is gone is made anew, and knows the groups', async () => {
  const { containerId } = crew;
  const { attemptId, events } = await started(AWAY);
  for (const helper of await fixture.docker.listContainers({ [HELPER_LABEL]: fixture.stackId })) {
    await fixture.docker.removeContainer(helper.id);
  }
  expect(await endAttempt(fixture.attempts, { containerId, attemptId, graceMs: 0 })).toMatchObject({ left: null });
  expect((await finish(events)).end).toMatchObject({ outcome: 'exited', exitCode: 137 });
});

test('a container that is not the stack’s, and what is no group, are refused', async () => {
  const { containerId } = crew;
  const { groups } = fixture.attempts;
  const rejected = (error: unknown) => isDockerError(error, 'rejected');
  const foreign = await createDockerFixture();
  try {
    const theirs = await startCrew(foreign);
    await expect(groups.list(theirs.containerId)).rejects.toSatisfy(rejected);
    await expect(groups.remove({ containerId, attemptId: '../attempts' })).rejects.toSatisfy(rejected);
  } finally {
    await foreign.close();
  }
});

test('an attempt in a container that is frozen is ended, and one in a container that is gone has ended', async () => {
  const own = await startCrew(fixture);
  const { attemptId, events } = await started(AWAY, own);
  const ref = { containerId: own.containerId, attemptId };
  await connectDocker(DOCKER_HOST).getContainer(own.containerId).pause();
  expect(await endAttempt(fixture.attempts, { ...ref, graceMs: 60_000 })).toMatchObject({ left: null });
  expect((await finish(events)).end).toMatchObject({ outcome: 'exited', exitCode: 137 });
  await fixture.attempts.groups.kill(own.containerId);
  await fixture.docker.removeContainer(own.containerId);
  expect(await fixture.attempts.groups.list(own.containerId)).toBeNull();
  expect(await endAttempt(fixture.attempts, { ...ref, graceMs: 0 })).toMatchObject({ left: null });
}, 20_000);
