import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { sql } from '../../../db/kernel/sql.ts';
import { PORTS_DIRECTORY } from '../../../domain/crews/crews/crew-layout.ts';
import { SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import { createPortsServer } from '../../../sidecar/ports/ports-server.ts';
import type { InternalCrew, InternalFixture } from '../../support/sidecar-api.ts';
import { startTestApi } from '../../support/test-api.ts';

/** A public listener that reaches the ports of crews on this host, and an end. */
export async function serveExposed(internal: InternalFixture, maxLiveClients?: number) {
  const listener = await startTestApi({
    over: internal.api.testDatabase,
    bus: internal.bus,
    portsHost: { hostId: 'test-host', socketsDir: internal.socketsDir, tokens: internal.tokens },
    ...(maxLiveClients === undefined ? {} : { maxLiveClients }),
  });
  await listener.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = listener.server.server.address() as AddressInfo;
  return { listener, port, base: `http://127.0.0.1:${port}`, close: () => listener.close() };
}

/** The part of a crew's sidecar that leads to its ports, here without a container: its ports are this machine's. */
export async function servePorts(internal: InternalFixture, crew: InternalCrew) {
  const server = createPortsServer({ crew_token: crew.token, listen_port: SIDECAR_PORT });
  const directory = path.join(internal.socketsDir, crew.crewId, PORTS_DIRECTORY);
  await mkdir(directory, { recursive: true });
  await server.listen(directory);
  await crew.write(sql`
    UPDATE crews SET host_id = 'test-host', container_status = 'running', container_id = ${`of-${crew.crewId}`}
    WHERE id = ${crew.crewId}`);
  return {
    /** The path of its address on the public listener. */
    async expose(port: number): Promise<string> {
      return (await crew.make('port-expose', { agent_id: crew.lead.id, port })).url!;
    },
    close: () => server.drain(0),
  };
}
