import { randomBytes } from 'node:crypto';
import { createKeyRing } from '../../platform/crypto/key-ring.ts';

/** For processes of a test that open what its API sealed. */
export const TEST_ENCRYPTION_KEY = randomBytes(32);
/** The keys of all test APIs of a process: several over one database are one instance. */
export const TEST_KEY_RING = createKeyRing(new Map([[1, TEST_ENCRYPTION_KEY]]));
