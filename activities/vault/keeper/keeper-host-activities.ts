import { beginExecution, finishExecution, loseExecution } from '../../../commands/engine/keeper/keeper-execution.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { SECRET_FIELD } from '../../../domain/vault/credentials/credential.ts';
import { parseCommand } from '../../../domain/vault/keeper/command-filter.ts';
import { EXECUTION_LIMIT_SECONDS, OUTPUT_LIMIT_BYTES } from '../../../domain/vault/keeper/keeper-request.ts';
import { type KeyRing, SealError } from '../../../platform/crypto/key-ring.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import { createScrubber } from '../../../platform/scrubber/scrubber.ts';
import { UnsafeDirectoryError } from '../../crews/containers/bind-sources.ts';
import { whileHeartbeating } from '../../kernel/while-heartbeating.ts';
import { type KeeperContainerDeps, runKeeperCommand } from './keeper-container.ts';

export type KeeperHostActivities = ReturnType<typeof createKeeperHostActivities>;

const MARK = '[REDACTED:keeper-secret]';
/** Shorter lines of a secret are words that any text may hold. */
const MIN_LINE_LENGTH = 8;

/** Runs allowed commands on this host. The secret is opened here, and leaves this process only for their input. */
export function createKeeperHostActivities(
  deps: KeeperContainerDeps & {
    readonly db: Database;
    readonly keyRing: Pick<KeyRing, 'open'>;
    readonly hostId: string;
    readonly stackId: string;
  },
) {
  const { db, keyRing, stackId } = deps;
  return {
    /** Runs what the request allows, once, and writes down what came of it. */
    executeKeeperCommand: (address: WorkflowAddress): Promise<void> =>
      whileHeartbeating(async () => {
        const order = await beginExecution(db, address);
        if (order === null) return;
        try {
          const { workspaceId, crewId, credentialId } = order;
          const secret = keyRing.open(order.sealedValue, {
            workspaceId,
            ownerId: credentialId,
            field: SECRET_FIELD.value,
          });
          const { stdout, stderr, exitCode } = await runKeeperCommand(deps, {
            stackId,
            crewId,
            id: order.id,
            crewContainerId: await crewContainer(workspaceId, crewId),
            argv: parseCommand(order.command),
            envVar: order.envVar,
            secret,
            limitMs: Math.max(1, Math.min(EXECUTION_LIMIT_SECONDS * 1_000, order.limitMs)),
            outputLimitBytes: OUTPUT_LIMIT_BYTES,
          });
          await finishExecution(db, address, { output: shown([stdout, stderr], secret), exitCode });
        } catch (error) {
          await loseExecution(db, address, codeOf(error));
          throw error;
        }
      }),
  };

  async function crewContainer(workspaceId: string, crewId: string): Promise<string> {
    const crew = await db.reads.maybeOne<{ container_id: string }>(
      [workspaceId],
      sql`
        SELECT container_id FROM crews
        WHERE id = ${crewId} AND host_id = ${deps.hostId} AND container_status = 'running'
          AND container_id IS NOT NULL`,
    );
    if (crew === null) throw new DockerError('not_running', 'run a command beside a crew');
    return crew.container_id;
  }
}

function codeOf(error: unknown): string {
  if (isDockerError(error) || error instanceof UnsafeDirectoryError) return error.code;
  return error instanceof SealError ? 'secret_unreadable' : 'failed';
}

/** What an agent is shown of a command's output: no spelling of the secret, and no more than the limit. */
export function shown(outputs: readonly Buffer[], secret: string): string {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= MIN_LINE_LENGTH);
  const scrubber = createScrubber({ secrets: [secret, secret.trim(), ...lines], mark: MARK, isThorough: true });
  const scrubbed = outputs.flatMap((output) => [scrubber.push(output).data, scrubber.flush().data]);
  const text = Buffer.concat(scrubbed).subarray(0, OUTPUT_LIMIT_BYTES).toString('utf8');
  // Postgres keeps no NUL in text.
  return text.replaceAll('\0', '\uFFFD');
}
