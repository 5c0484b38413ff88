import { chmod, stat } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { purgeCrewData } from '../../../activities/crews/containers/prepare-crew-host.ts';
import { readResult } from '../../../activities/work/runs/exec/read-result.ts';
import { connectSocketBeneath } from '../../../platform/host-files/connect-socket.ts';
import { makeDirectoriesBeneath, placeFile, stageFile } from '../../../platform/host-files/place-file.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createDockerFixture, finish, startCrew } from '../../support/container-crew.ts';
import { asDockerUser } from '../../support/docker-user.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());

test('a user of the docker group runs a crew: owners are set by a helper, results are read, all of it is purged', async () => {
  const spec = fixture.newSpec();
  await asDockerUser(fixture, async (own, uid) => {
    const { settings } = own;
    const crew = await startCrew(own, spec);
    const paths = crewPaths(settings, spec.crewId);
    const sockets = await stat(paths.sockets);
    expect([sockets.uid, sockets.gid, sockets.mode & 0o7777]).toEqual([uid, 1002, 0o2750]);
    for (const dir of [paths.workspace, paths.output, paths.crew]) expect((await stat(dir)).uid).toBe(1001);
    for (const dir of [paths.runs, paths.records]) expect((await stat(dir)).uid).toBe(0);

    const server = net.createServer((socket) => socket.end('hello')).listen(path.join(paths.sockets, 'api.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    await chmod(path.join(paths.sockets, 'api.sock'), 0o660);
    const dial =
      'require("net").connect("/run/crewship/api.sock").on("error", (e) => console.log(e.code)).pipe(process.stdout)';
    expect((await crew.sh(`/opt/crewship/bin/node -e '${dial}'`, '1002:1002')).stdout).toBe('hello');
    expect((await crew.sh(`/opt/crewship/bin/node -e '${dial}'`)).stdout).toBe('ENOENT\n');
    await new Promise((resolve) => server.close(resolve));

    // A file from another crew: placed by this process, read, rewritten and removed by the agents.
    const owner = { uid: 1001, gid: 1001 };
    const staged = await stageFile(path.join(paths.root, 'uploads'), Readable.from([Buffer.from('sent')]), 100);
    const incoming = await makeDirectoriesBeneath(paths.crew, 'incoming/peer', owner);
    await placeFile(staged, incoming, 'file', owner);
    await incoming.close();
    const use = 'cd /crew/incoming/peer && cat file && echo -n more >>file && cat file && rm file && rmdir ../peer';
    expect((await crew.sh(use)).stdout).toBe('sentsentmore');

    // What the sidecar listens on, in its own directory.
    const listen = `const path = "/run/crewship/ports/ports.sock";
      require("net").createServer((s) => s.end("port")).listen(path, () => require("fs").chmodSync(path, 0o660))`;
    await crew.sh(`setsid /opt/crewship/bin/node -e '${listen}' >/dev/null 2>&1 </dev/null &`, '1002:1002');
    const dialPorts = async () => {
      const socket = await connectSocketBeneath(settings.socketsDir, `${spec.crewId}/ports`, 'ports.sock');
      return (await socket.toArray()).join('');
    };
    await expect.poll(() => dialPorts().catch(String), { timeout: 10_000, interval: 50 }).toBe('port');

    const attemptId = newId();
    const script = 'cat; echo \'{"summary":"fine"}\' >$CREWSHIP_RUN_DIR/result.json';
    const execId = await crew.start(attemptId, ['/bin/sh', '-c', script], { input: { a: 1 } });
    const { output, end } = await finish(crew.follow(attemptId, execId));
    expect([output.toString(), end]).toEqual([
      '{"a":1}',
      { kind: 'end', outcome: 'exited', exitCode: 0, signal: null, full: [], truncated: false },
    ]);
    const ref = { crewId: spec.crewId, attemptId };
    expect(await readResult({ dirs: settings }, ref)).toEqual({ ok: true, result: { summary: 'fine' } });

    await own.docker.removeContainer(crew.containerId);
    await purgeCrewData(own.prepare, { stackId: spec.stackId, crewId: spec.crewId });
    await expect(stat(paths.root)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(paths.sockets)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await own.docker.listVolumes({ [LABEL.crew]: spec.crewId })).toEqual([]);
  });
}, 30_000);
