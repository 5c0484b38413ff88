import { randomBytes } from 'node:crypto';
import { createKeyRing } from '../../platform/crypto/key-ring.ts';

/** The keys of all test APIs of a process: several over one database are one instance. */
export const TEST_KEY_RING = createKeyRing(new Map([[1, randomBytes(32)]]));
