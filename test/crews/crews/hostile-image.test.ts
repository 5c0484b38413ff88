import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { UnsafeDirectoryError } from '../../../activities/crews/containers/bind-sources.ts';
import { ensureCrewContainer, removeCrewContainer } from '../../../activities/crews/containers/crew-container.ts';
import { LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { purgeCrewData } from '../../../activities/crews/containers/prepare-crew-host.ts';
import { runRootHelper } from '../../../activities/crews/containers/root-helper.ts';
import { openCrewDirectory } from '../../../api/crews/crew-files/crew-directory.ts';
import { readBoundedFile } from '../../../platform/host-files/read-bounded-file.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createDockerFixture, type DockerFixture, startCrew } from '../../support/container-crew.ts';
import { asDockerUser } from '../../support/docker-user.ts';
import { makeHostileImage, MARK } from '../../support/hostile-image.ts';
import { perFile } from '../../support/world/per-file.ts';

/** A directory of the control plane's, with a secret in it. */
const victim = perFile(async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-victim-'));
  await chmod(directory, 0o755);
  return { directory, close: () => rm(directory, { recursive: true, force: true }) };
});
beforeAll(async () => {
  await writeFile(path.join(victim.directory, 'secret'), 'the control plane’s');
  await mkdir(path.join(victim.directory, newId()));
});
const image = perFile(async () => {
  const { id, remove } = await makeHostileImage({ victim: victim.directory });
  return { id, close: remove };
});
const imageOfUser = perFile(async () => {
  const { id, remove } = await makeHostileImage({ victim: victim.directory, user: '4242:4242' });
  return { id, close: remove };
});
// After the images, so that what is made of them goes first.
const fixture = perFile(() => createDockerFixture());

const DIRECTORIES = ['root', 'runs', 'records', 'inputs', 'workspace', 'output', 'crew', 'sockets', 'ports'] as const;

async function linksOf(own: DockerFixture, crewId: string): Promise<string[]> {
  const paths = crewPaths(own.settings, crewId);
  const found = [];
  for (const name of DIRECTORIES) if (!(await lstat(paths[name])).isDirectory()) found.push(name);
  return found;
}

/** What crew-files, which reads as the control plane, gives of this path, or why it gives nothing. */
async function readThroughCrewFiles(own: DockerFixture, crewId: string, file = 'secret'): Promise<string> {
  try {
    const directory = await openCrewDirectory(
      { id: 'here', crewsDir: own.settings.crewsDir },
      { id: crewId, hostId: 'here' },
    );
    try {
      return (await readBoundedFile(directory.shared, file, 1_000)).toString();
    } finally {
      await directory.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}

async function expectUntouched(): Promise<void> {
  expect(await readFile(path.join(victim.directory, 'secret'), 'utf8')).toBe('the control plane’s');
  expect(await readdir(victim.directory)).toHaveLength(2);
}

for (const [as, of] of [
  ['as root', image],
  ['of an image with a user', imageOfUser],
] as const) {
  test(`a shell of the tenant’s, ${as}, is run by no helper of a user of the docker group: no bind becomes a link`, async () => {
    const spec = fixture.newSpec({ image: of.id });
    await asDockerUser(fixture, async (own) => {
      const crew = await startCrew(own, spec);
      expect(await linksOf(own, spec.crewId)).toEqual([]);
      expect(await readThroughCrewFiles(own, spec.crewId)).not.toContain('control plane');
      expect((await crew.sh('cat /workspace/secret /crew/secret /output/secret')).stdout).toBe('');
      const places = '/runs /workspace /output /crew /home/agent /opt/crew-tools';
      const marks = `find ${places} -name '${MARK}*' -printf '%f\\n' | sort -u`;
      expect((await crew.sh(marks)).stdout).toBe(`${MARK}1001\n`);
      await removeCrewContainer(own.docker, { ...spec, upToGeneration: 1 });
      await purgeCrewData(own.prepare, { stackId: spec.stackId, crewId: spec.crewId });
    });
    await expectUntouched();
  }, 60_000);

  test(`a shell of the tenant’s, ${as}, is run by no helper of root`, async () => {
    const spec = fixture.newSpec({ image: of.id });
    const crew = await startCrew(fixture, spec);
    expect((await crew.sh(`find /home/agent /opt/crew-tools -name '${MARK}*' -printf '%f\\n' | sort -u`)).stdout).toBe(
      `${MARK}1001\n`,
    );
    expect(await linksOf(fixture, spec.crewId)).toEqual([]);
  }, 60_000);
}

test('links that agents leave in all that they can write lead nowhere: after a restart, a rebuild and a purge', async () => {
  const spec = fixture.newSpec();
  const first = await startCrew(fixture, spec);
  const places = '/workspace /output /crew /home/agent /opt/crew-tools';
  await first.sh(`for place in ${places}; do ln -s ${victim.directory} $place/leaf; ln -s / $place/host; done`);
  await fixture.docker.stopContainer(first.containerId, 0);
  for (const generation of [1, 2]) {
    const next = await startCrew(fixture, { ...spec, generation });
    expect(await linksOf(fixture, spec.crewId)).toEqual([]);
    expect((await next.sh('cat /workspace/leaf/secret')).stdout).toBe('');
    for (const file of ['leaf/secret', `host${victim.directory}/secret`, 'leaf']) {
      expect(await readThroughCrewFiles(fixture, spec.crewId, file)).toBe('agent file: not_regular');
    }
  }
  await removeCrewContainer(fixture.docker, { ...spec, upToGeneration: 2 });
  await purgeCrewData(fixture.prepare, { stackId: spec.stackId, crewId: spec.crewId });
  await expectUntouched();
}, 60_000);

test('a directory of a crew that is a link, by whomever, is given to no container, read by nobody, and not purged', async () => {
  for (const name of ['root', 'workspace', 'crew', 'sockets'] as const) {
    const spec = fixture.newSpec();
    const paths = crewPaths(fixture.settings, spec.crewId);
    await startCrew(fixture, spec);
    await removeCrewContainer(fixture.docker, { ...spec, upToGeneration: 1 });
    await rename(paths[name], `${paths[name]}.real`);
    await symlink(victim.directory, paths[name]);
    await expect(ensureCrewContainer(fixture.prepare, spec)).rejects.toBeInstanceOf(UnsafeDirectoryError);
    expect(await fixture.docker.listContainers({ [LABEL.crew]: spec.crewId })).toEqual([]);
    const purge = purgeCrewData(fixture.prepare, { stackId: spec.stackId, crewId: spec.crewId });
    await expect(purge).rejects.toBeInstanceOf(UnsafeDirectoryError);
    if (name === 'crew' || name === 'root') {
      expect(await readThroughCrewFiles(fixture, spec.crewId)).toContain('no shared directory');
    }
    await expectUntouched();
  }
}, 60_000);

/** Agents of a crew that never stop to swap directories for links to the victim, wherever they can. */
const SWAPPER = `for place in /crew /workspace /output; do (
  cd $place && mkdir -p real && echo "an agent’s" >real/secret && mv real place || exit
  while :; do mv -T place was && ln -s '$VICTIM' place && mv -T place link && mv -T was place && rm link; done
) & done; wait`;

for (const as of ['a user of the docker group', 'root'] as const) {
  test(`directories that are swapped for links while helpers of ${as} work in them, and files are read, lead nowhere`, async () => {
    const spec = fixture.newSpec({ image: image.id });
    const race = async (own: DockerFixture) => {
      const crew = await startCrew(own, spec);
      const { docker } = own;
      const argv = ['/usr/bin/dash', '-c', SWAPPER];
      const env = { VICTIM: victim.directory };
      const exec = { containerId: crew.containerId, argv, env, user: '1001:1001' } as const;
      await docker.startExecDetached(await docker.createExec(exec));
      const paths = crewPaths(own.settings, spec.crewId);
      const read: string[] = [];
      let isOver = false;
      const reading = (async () => {
        while (!isOver) read.push(await readThroughCrewFiles(own, spec.crewId, 'place/secret'));
      })();
      // The agents have begun, and both kinds of helpers work beside them.
      await expect.poll(() => read.includes('an agent’s\n'), { timeout: 20_000 }).toBe(true);
      const helped = { stackId: spec.stackId, crewId: spec.crewId };
      for (const path of [paths.workspace, paths.output]) {
        const give = { kind: 'give', uid: 1001, gid: 1001 } as const;
        await runRootHelper(own.prepare, { ...helped, directory: { path }, task: give });
        // What is there one moment and not the next may fail it; it may reach nothing else.
        await runRootHelper(own.prepare, { ...helped, directory: { path }, task: { kind: 'empty' } }).catch(() => {});
      }
      isOver = true;
      await reading;
      expect(read.filter((text) => text.includes('control plane'))).toEqual([]);
      expect(await linksOf(own, spec.crewId)).toEqual([]);
      await removeCrewContainer(docker, { ...spec, upToGeneration: 1 });
      await purgeCrewData(own.prepare, helped);
    };
    if (as === 'root') await race(fixture);
    else await asDockerUser(fixture, race);
    await expectUntouched();
  }, 60_000);
}
