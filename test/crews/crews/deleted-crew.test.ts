import { beforeEach, expect, test } from 'vitest';
import { advanceCrew, requestContainer } from '../../../commands/engine/crews/advance-crew.ts';
import { placeCrew } from '../../../commands/engine/hosts/place-crew.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import { readCrewToStart } from '../../../db/crews/crews/read-crew-to-start.ts';
import { addCrew, beatHost, expectStatus, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
beforeEach(() => beatHost(api));

test('a crew that is deleted while it starts is not tried again, and what it has left is removed', async () => {
  const { crewId, workspaceId, owner } = await addCrew(api);
  const generation = await api.database.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    await placeCrew(tx, crewId);
    return requestContainer(tx, (await lockCrew(tx, crewId))!);
  });
  const address = { workspaceId, id: crewId, generation };
  const step = () => advanceCrew(api.database, address, async () => ({ kind: 'ready' }));
  expect(await step()).toMatchObject({ kind: 'start' });
  expect(await readCrewToStart(api.database, address)).toMatchObject({ id: crewId });
  expectStatus(await owner.send('DELETE', `/api/v1/crews/${crewId}`), 204);
  expect(await readCrewToStart(api.database, address)).toBeNull();
  expect(await step()).toMatchObject({ kind: 'remove' });
  expect(await step()).toMatchObject({ kind: 'remove' });
});
