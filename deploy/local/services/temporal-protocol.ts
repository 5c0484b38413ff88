import { once } from 'node:events';
import { connect } from 'node:net';
import { Connection } from '@temporalio/client';

const TIMEOUT_MS = 3_000;
const NAMESPACE = 'default';

/**
 * Connects, asks for the server's version and for the namespace: a server that answers but has no namespace yet would
 * refuse the workers. Rejects with the reason.
 */
export async function checkTemporal(address: string): Promise<{ version: string }> {
  await checkListening(address);
  const connection = await Connection.connect({ address, connectTimeout: TIMEOUT_MS });
  try {
    return await connection.withDeadline(Date.now() + TIMEOUT_MS, async () => {
      const info = await connection.workflowService.getSystemInfo({});
      await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      return { version: info.serverVersion ?? 'unknown' };
    });
  } finally {
    await connection.close();
  }
}

/** gRPC waits a second after a refused connection before it tries again; a bare connection says so at once. */
async function checkListening(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port), signal: AbortSignal.timeout(TIMEOUT_MS) });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
