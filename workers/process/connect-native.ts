import { NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from '../../platform/logging/logger.ts';

const RETRY_MS = 500;

/** Takes Temporal's own log lines into ours and leaves signals to our shutdown. Called once, before any connection. */
export function installTemporalRuntime(log: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => log.info({ level, ...meta }, message),
      trace: (message, meta) => log.trace(meta ?? {}, message),
      debug: (message, meta) => log.debug(meta ?? {}, message),
      info: (message, meta) => log.debug(meta ?? {}, message),
      warn: (message, meta) => log.warn(meta ?? {}, message),
      error: (message, meta) => log.error(meta ?? {}, message),
    },
  });
}

/** The worker's connection; waits for a server that is not there yet, until `signal` says to give up. */
export async function connectNative(
  address: string,
  log: Pick<Logger, 'warn'>,
  signal: AbortSignal,
): Promise<NativeConnection> {
  for (;;) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error }, 'Temporal is not there yet');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
