import { parseArgs } from 'node:util';
import { rotateKey } from '../commands/instance/keys/key-commands.ts';
import { KEY_PURPOSES } from '../domain/instance/keys/instance-key.ts';
import { systemActor } from '../domain/kernel/access/authority.ts';
import { parseConfig } from '../platform/config/config.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { generateSigningKey } from '../platform/crypto/signing-keys.ts';
import { createLogger } from '../platform/logging/logger.ts';
import { openProcessDatabase } from './process/open-process.ts';

/**
 * The operator's command that gives the instance a new key to sign with: docs/operations.md, Changing a signing key.
 * It reads the settings of a process that has ENCRYPTION_KEY, and prints the old and the new `kid`.
 */
async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { compromised: { type: 'boolean', default: false } },
  });
  const [named] = positionals;
  const purpose = KEY_PURPOSES.find((one) => one === named);
  if (purpose === undefined || positionals.length > 1) {
    throw new Error(
      `node workers/rotate-key.ts <purpose> [--compromised]: the purpose is ${KEY_PURPOSES.join(' or ')}`,
    );
  }
  const config = parseConfig(process.env);
  const ring = await loadKeyRing(config);
  const db = await openProcessDatabase('rotate-key', config, createLogger({ name: 'rotate-key', level: 'warn' }));
  try {
    const key = await generateSigningKey();
    const isCompromised = values.compromised;
    const { previousKid } = await db.systemTransaction({}, (tx) =>
      rotateKey(tx, { purpose, key, ring, isCompromised }, systemActor()),
    );
    process.stdout.write(`${JSON.stringify({ purpose, previous_kid: previousKid, kid: key.kid })}\n`);
  } finally {
    await db.end();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
