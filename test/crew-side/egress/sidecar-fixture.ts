import { createSidecarServer, type SidecarServer } from '../../../sidecar/sidecar-server.ts';
import type { InternalCrew } from '../../support/sidecar-api.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';

export interface TestSidecar {
  readonly port: number;
  readonly server: SidecarServer;
  /** As agents call it. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** The sidecar of a crew in this process, on a port of its own; `socketPath`: another socket than the crew's. */
export async function startSidecarServer(crew: InternalCrew, socketPath = crew.socketPath): Promise<TestSidecar> {
  const port = await findFreePort();
  const server = createSidecarServer(
    {
      workspace_id: crew.workspaceId,
      crew_id: crew.crewId,
      crew_token: crew.token,
      token_fp: 'abcdef012345',
      api_socket_path: socketPath,
      listen_port: port,
    },
    { patienceMs: 3_000, waitPatienceMs: 3_000, firstRetryMs: 20, longestRetryMs: 100 },
  );
  await server.listen();
  const call = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  return {
    port,
    server,
    fetch: call,
  };
}
