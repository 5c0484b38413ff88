import { randomBytes, randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 16;

function randomBase36(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 252 is the largest multiple of 36 below 256: bytes above it would favour the first letters.
      if (byte < 252 && text.length < length) text += ALPHABET[byte % 36];
    }
  }
  return text;
}

/**
 * A CUID: `c`, eight characters of milliseconds, sixteen random ones (82 bits). The time comes first so that new rows
 * land at the end of an index instead of all over it.
 */
export function newId(nowMs: number = Date.now()): string {
  return `c${nowMs.toString(36).padStart(8, '0')}${randomBase36(RANDOM_LENGTH)}`;
}

const HEX_BYTES = 8;
const pool = Buffer.alloc(HEX_BYTES * 512);
let used = pool.length;

/** 16 hex characters. Randomness is asked for in bulk: a few bytes at a time, asking is most of the cost. */
function randomHex(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += HEX_BYTES;
  return pool.toString('hex', used - HEX_BYTES, used);
}

/** Id of a journal entry: `j_` and 16 hex characters. */
export function newJournalId(): string {
  return `j_${randomHex()}`;
}

/** Id of a row of the cost ledger: `cl_` and 16 hex characters. */
export function newLedgerId(): string {
  return `cl_${randomHex()}`;
}

/** Id of a reservation against budgets: `br_` and 16 hex characters. */
export function newReservationId(): string {
  return `br_${randomHex()}`;
}

/** Id of a checkpoint: `chk_` and 16 hex characters. */
export function newCheckpointId(): string {
  return `chk_${randomBytes(8).toString('hex')}`;
}

/** Id of a mission that was forked: `mis_` and a CUID. */
export function newForkId(): string {
  return `mis_${newId()}`;
}

/** Id of an evaluation, and of its job: `er_` and 16 hex characters. */
export function newEvalRunId(): string {
  return `er_${randomHex()}`;
}
