import type { KeyRing } from './key-ring.ts';

const FENCE_CHARACTERS = 16;

/**
 * A mark to put around texts of others in a prompt, which their authors cannot know, and which is the same for the same
 * texts: what is asked again is asked in the same words.
 */
export function fenceOf(ring: Pick<KeyRing, 'digest'>, texts: unknown): string {
  return ring
    .digest(`fence ${JSON.stringify(texts)}`)
    .toString('hex')
    .slice(0, FENCE_CHARACTERS);
}
