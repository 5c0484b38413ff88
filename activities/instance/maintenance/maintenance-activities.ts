import { expireRotations } from '../../../commands/vault/credentials/credential-rotation-commands.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { expireKeeperOutput } from '../../../commands/engine/keeper/expire-keeper-output.ts';
import { watchKeeperHealth } from '../../../commands/engine/keeper/watch-keeper-health.ts';
import { markLostHosts } from '../../../commands/engine/hosts/mark-lost-hosts.ts';
import { expireJobEvents } from '../../../commands/engine/jobs/expire-job-events.ts';
import { expireExposures } from '../../../commands/engine/ports/port-exposure-commands.ts';
import { expireAnswers } from '../../../db/money/llm/answer-cache-store.ts';
import { expireToolUses } from '../../../db/integrations/mcp/expire-tool-uses.ts';
import { expireIdempotencyKeys } from '../../../db/instance/idempotency/expire-idempotency-keys.ts';
import { makeJournalPartitions } from '../../../db/evidence/journal/journal-partitions.ts';
import { expireProvisioning } from '../../../commands/engine/provisioning/expire-provisioning.ts';
import { expireIdentity } from '../../../db/people/identity/expire-identity.ts';
import { expireDeliveries } from '../../../db/people/deliveries/due-deliveries.ts';
import { expireMails } from '../../../db/people/mail/due-mails.ts';
import { collectBlobs } from '../../../commands/kernel/blobs/collect-blobs.ts';
import type { BlobStore } from '../../../platform/blob-store/blob-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

const MONTHS_AHEAD = 2;

export interface MaintenanceActivities {
  /** Deletes the answers of writes that nobody can ask for any more. */
  expireIdempotencyKeys(): Promise<void>;
  /** Makes the journal's partitions for this month and the next two. */
  makeJournalPartitions(): Promise<void>;
  /** Marks the hosts that have been silent for too long. */
  markLostHosts(): Promise<void>;
  /** Scrubs replaced credential values whose grace is over. */
  expireRotations(): Promise<void>;
  /** Ends exposed ports that are past their time. */
  expireExposures(): Promise<void>;
  /** Deletes provisionings and builds that are long over. */
  expireProvisioning(): Promise<void>;
  /** Deletes sessions that are long over, attempts to sign in that no longer count, links and codes past their time. */
  expireIdentity(): Promise<void>;
  /** Gives up on mails whose links are over and deletes those that were settled a month ago. */
  expireMails(): Promise<void>;
  /** Deletes the deliveries that were settled a month ago. */
  expireDeliveries(): Promise<void>;
  /** Deletes the events of jobs that are long over. */
  expireJobEvents(): Promise<void>;
  /** Deletes kept answers of models that are past their time. */
  expireAnswers(): Promise<void>;
  /** Deletes uses of tools that no limit counts any more. */
  expireToolUses(): Promise<void>;
  /** Removes the content that nothing needs. */
  collectBlobs(): Promise<void>;
  /** Drops what keepers' commands put out long ago. */
  expireKeeperOutput(): Promise<void>;
  /** Writes down what is wrong with keepers. */
  watchKeeperHealth(): Promise<void>;
  /** Seals anew what an older encryption key sealed. */
  resealSecrets(): Promise<void>;
}

/** What keeps an instance in order. Every one may run twice, at any time, in any process. */
export function createMaintenanceActivities(deps: {
  db: Pick<Database, 'systemTransaction'>;
  keyRing: KeyRing;
  blobs: Pick<BlobStore, 'remove'>;
  log: Pick<Logger, 'info' | 'warn'>;
}): MaintenanceActivities {
  const { db, keyRing, blobs, log } = deps;
  return {
    async expireIdempotencyKeys() {
      const expired = await expireIdempotencyKeys(db);
      if (expired > 0) log.info({ expired }, 'idempotency keys expired');
    },
    async makeJournalPartitions() {
      for (const { name, outcome } of await makeJournalPartitions(db, MONTHS_AHEAD)) {
        if (outcome === 'made') log.info({ partition: name }, 'journal partition made');
        if (outcome === 'blocked') log.warn({ partition: name }, 'that month stays in the default journal partition');
      }
    },
    async markLostHosts() {
      for (const hostId of await markLostHosts(db)) log.warn({ hostId }, 'host lost');
    },
    async expireRotations() {
      const expired = await expireRotations(db);
      if (expired > 0) log.info({ expired }, 'replaced credential values scrubbed');
    },
    async expireExposures() {
      const expired = await expireExposures(db);
      if (expired > 0) log.info({ expired }, 'exposed ports expired');
    },
    async expireProvisioning() {
      const { provisionings, builds } = await expireProvisioning(db);
      if (provisionings + builds > 0) log.info({ provisionings, builds }, 'old provisionings and builds deleted');
    },
    async expireIdentity() {
      const deleted = await expireIdentity(db);
      if (Object.values(deleted).some((count) => count > 0))
        log.info(deleted, 'old sessions, attempts and links deleted');
    },
    async expireMails() {
      const { expired, deleted } = await expireMails(db);
      if (expired > 0) log.warn({ expired }, 'mails were not sent in time');
      if (deleted > 0) log.info({ deleted }, 'old mails deleted');
    },
    async expireDeliveries() {
      const deleted = await expireDeliveries(db);
      if (deleted > 0) log.info({ deleted }, 'old deliveries deleted');
    },
    async expireJobEvents() {
      const expired = await expireJobEvents(db);
      if (expired > 0) log.info({ expired }, 'events of old jobs deleted');
    },
    async expireAnswers() {
      const expired = await expireAnswers(db);
      if (expired > 0) log.info({ expired }, 'kept answers of models deleted');
    },
    async expireToolUses() {
      const expired = await expireToolUses(db);
      if (expired > 0) log.info({ expired }, 'uses of tools deleted that nothing counts');
    },
    async collectBlobs() {
      const { removed, failed } = await collectBlobs(db, blobs);
      if (removed > 0) log.info({ removed }, 'content that nothing needs removed');
      if (failed > 0) log.warn({ failed }, 'content that nothing needs is not removed yet');
    },
    async expireKeeperOutput() {
      const expired = await expireKeeperOutput(db);
      if (expired > 0) log.info({ expired }, 'output of keepers’ commands dropped');
    },
    async watchKeeperHealth() {
      const written = await watchKeeperHealth(db);
      if (written > 0) log.warn({ written }, 'keepers that allow nothing, or whose judge fails');
    },
    async resealSecrets() {
      const { resealed, unopened } = await resealSecrets(db, keyRing);
      if (resealed > 0) log.info({ resealed }, 'secrets sealed anew with the newest key');
      if (unopened > 0) log.warn({ unopened }, 'secrets that no key of the ring opens');
    },
  };
}
