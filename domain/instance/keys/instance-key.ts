/** How long what a key signed is still taken once the next key took over; null: for ever. */
const COUNTS_FOR_SECONDS = {
  // Tokens live for fifteen minutes; the rest is for processes that have not yet heard of the next key.
  access_token: 1_200,
  // A journal is verified for as long as there is one.
  journal_checkpoint: null,
  // Others keep a card for five minutes.
  agent_card: 900,
} as const satisfies Readonly<Record<string, number | null>>;

/** What the instance signs with a key of its own: a signature for one of these counts for no other. */
export type KeyPurpose = keyof typeof COUNTS_FOR_SECONDS;
export const KEY_PURPOSES = Object.keys(COUNTS_FOR_SECONDS) as KeyPurpose[];

/** For how many seconds a key that is replaced in the ordinary way still counts. */
export function countsForSeconds(purpose: KeyPurpose): number | null {
  return COUNTS_FOR_SECONDS[purpose];
}

/** The public half of an Ed25519 key as JWKS has it. */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

/** As which of a key's fields its private half is sealed. */
export const PRIVATE_KEY_FIELD = 'private_key';
