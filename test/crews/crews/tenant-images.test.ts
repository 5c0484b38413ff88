import { afterAll, beforeAll, expect } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { createDockerClient } from '../../../platform/docker/docker-client.ts';
import { packArchive } from '../../../platform/oci/tar-archive.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { makeStaticImage } from '../../support/static-image.ts';
import { DOCKER_MISSING, TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew();
const removals: (() => Promise<unknown>)[] = [];
const made = DOCKER_MISSING === undefined ? await makeStaticImage() : DOCKER_MISSING;
let squatting: string;

/** A shell that takes the sidecar's address before it does what it is told, if nobody has it. */
const SQUATTER = `#!/bin/bash
perl -MIO::Socket::INET -e '
  $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 9119, Listen => 9) or exit 1;
  while ($c = $s->accept) { print $c "HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}"; close $c }' &
# The address is taken before anything else happens.
until (exec 3<>/dev/tcp/127.0.0.1/9119) 2>/dev/null; do :; done
exec /usr/bin/dash "$@"
`;

async function makeSquattingImage(): Promise<string> {
  const docker = connectDocker(TEST_DOCKER_HOST);
  const client = createDockerClient(TEST_DOCKER_HOST);
  const container = await docker.createContainer({ Image: TEST_RUNTIME_IMAGE, Cmd: ['true'] });
  const shell = { kind: 'file' as const, path: 'sh', mode: 0o755, content: Buffer.from(SQUATTER) };
  await client.putArchive(container.id, '/usr/bin', await packArchive([shell]));
  const { Id: id } = (await container.commit({ changes: ['LABEL crewship.test=squatting'] })) as { Id: string };
  await container.remove();
  removals.push(() => client.removeImage(id));
  return id;
}

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  if (typeof made !== 'string') removals.push(made.remove);
  squatting = await makeSquattingImage();
}, 120_000);
afterAll(() => Promise.all(removals.map((remove) => remove().catch(() => {}))));

function haveImage(imageId: string): Promise<unknown> {
  return suite.crew.write(sql`
    UPDATE crews SET cached_image = 'crewship-cache:test', cached_image_id = ${imageId},
      cached_config_hash = ${'0'.repeat(64)}
    WHERE id = ${suite.crew.crewId}`);
}

const SAY = 'printf \'{"summary": "%s"}\' "$(ls /lib* 2>/dev/null | wc -l)" > "$CREWSHIP_RUN_DIR/result.json"';

dockerTest(
  'an image without any C library is a crew’s: its agents work beside a sidecar that has one of its own',
  async () => {
    await haveImage((made as Exclude<typeof made, string>).id);
    const fetched = 'wget -q -Y off -O /workspace/health http://127.0.0.1:9119/health';
    await suite.crew.write(sql`
      UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', `${fetched} && ${SAY}`], 'text')}
      WHERE id = ${suite.crew.agents.builder!}`);
    const mission = await suite.finished(await suite.run({ one: { agent: 'builder' } }));
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    expect((await suite.lines('health')).join('')).toContain('token_fp');
    expect(mission.tasks[0]).toMatchObject({ result_summary: '0' });
  },
  60_000,
  typeof made === 'string' ? made : undefined,
);

dockerTest(
  'an image that takes the sidecar’s address wherever it runs comes too late: nothing of it runs before the sidecar',
  async () => {
    await haveImage(squatting);
    const ask = `require("node:http").get("http://127.0.0.1:9119/health", (answer) => answer.on("data", (data) =>
      require("node:fs").writeFileSync("/workspace/answered", data)))`;
    const script = `/opt/crewship/bin/node -e '${ask}' && ${SAY}`;
    await suite.crew.write(sql`
      UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', script], 'text')}
      WHERE id = ${suite.crew.agents.builder!}`);
    const mission = await suite.finished(await suite.run({ one: { agent: 'builder' } }));
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    expect((await suite.lines('answered')).join('')).toContain('token_fp');
  },
  60_000,
);
