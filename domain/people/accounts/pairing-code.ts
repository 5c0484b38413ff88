/** Letters and digits that nobody takes for one another. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LENGTH = 8;
const CODE = /^[A-HJ-NP-Z2-9]{8}$/;

/** A code as people read it: `XXXX-XXXX`, 40 random bits. `below` gives a whole number from 0 to below its argument. */
export function newPairingCode(below: (limit: number) => number): string {
  const letters = Array.from({ length: LENGTH }, () => ALPHABET[below(ALPHABET.length)]!);
  return `${letters.slice(0, LENGTH / 2).join('')}-${letters.slice(LENGTH / 2).join('')}`;
}

/** A code as it was typed, with or without its hyphen and in any case; null for what is none. */
export function readPairingCode(text: string): string | null {
  const letters = text.toUpperCase().replace(/[\s-]/g, '');
  return CODE.test(letters) ? `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}` : null;
}
