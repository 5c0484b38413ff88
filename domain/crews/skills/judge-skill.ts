import type { DescriptionQuality } from './skill.ts';

const SAYS_WHEN = /\b(when|whenever|before|after|if|for|while|use (this|it|to))\b/i;
const MIN_GOOD_CHARACTERS = 50;
const MIN_FAIR_CHARACTERS = 20;
const MIN_GOOD_WORDS = 8;

/** Whether an agent can tell from the description when to use the skill: that is all that it reads at first. */
export function descriptionQuality(description: string): DescriptionQuality {
  const text = description.trim();
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
  if (text.length < MIN_FAIR_CHARACTERS || words.size < 3) return 'POOR';
  if (text.length >= MIN_GOOD_CHARACTERS && words.size >= MIN_GOOD_WORDS && SAYS_WHEN.test(text)) return 'GOOD';
  return 'FAIR';
}

/** Words of one sentence in this order, each with at most so many characters before the next. */
function inTurn(...parts: readonly (readonly [words: string, gap: number])[]): RegExp {
  const last = parts.length - 1;
  const source = parts.map(([words, gap], index) => `\\b(?:${words})\\b${index === last ? '' : `[^.\\n]{0,${gap}}`}`);
  return new RegExp(source.join(''), 'i');
}

/** What would turn an agent against those whom it works for, by the name that findings have. */
const SIGNS: Readonly<Record<string, RegExp>> = {
  overrides_instructions: inTurn(
    ['ignore|disregard|forget|override', 40],
    ['previous|prior|above|earlier|system|other', 20],
    ['instructions?|prompts?|rules?|messages?', 0],
  ),
  hides_from_people: inTurn(
    ["do not|don['’]t|never|without", 20],
    ['tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|show(?:ing)?|notify(?:ing)?', 30],
    ['users?|people|persons?|humans?|operators?|anyone', 0],
  ),
  sends_secrets: inTurn(
    ['send|post|upload|forward|exfiltrate|transmit', 60],
    ['secrets?|tokens?|credentials?|passwords?|api keys?|private keys?|environment variables', 0],
  ),
  pipes_into_shell: /\b(curl|wget)\b[^\n|]{0,300}\|\s*(sudo\s+)?(ba|z|da)?sh\b/i,
  // Letters of the tag block, overrides of direction, and runs of what has no width: read by models, not by people.
  unseen_characters: /[\u{E0000}-\u{E007F}\u202A-\u202E\u2066-\u2069]|[\u200B-\u200D\u2060\uFEFF]{3,}/u,
  encoded_text: /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{600,}={0,2}(?![A-Za-z0-9+/])/,
};

/** Names of the signs that are found in a skill's texts. */
export function findSigns(texts: readonly string[]): string[] {
  return Object.entries(SIGNS)
    .filter(([, sign]) => texts.some((text) => sign.test(text)))
    .map(([name]) => name);
}

/** Licenses that leave to who uses a skill whatever they make with it. */
const PERMISSIVE = new Map(
  [
    ...['MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'ISC', 'Unlicense', 'CC0-1.0', 'Zlib'],
    ...['CC-BY-4.0', 'BSL-1.0', 'PostgreSQL', 'Python-2.0', 'WTFPL', 'BlueOak-1.0.0'],
  ].map((id) => [id.toLowerCase(), id]),
);
/** Those that are named so that a refusal can say why, and are not permissive. */
const OTHERS = new Map(
  [
    ...['GPL-2.0-only', 'GPL-2.0-or-later', 'GPL-3.0-only', 'GPL-3.0-or-later', 'AGPL-3.0-only', 'AGPL-3.0-or-later'],
    ...['LGPL-2.1-only', 'LGPL-3.0-only', 'MPL-2.0', 'EPL-2.0', 'SSPL-1.0', 'BUSL-1.1', 'CC-BY-SA-4.0'],
    ...['CC-BY-NC-4.0', 'CC-BY-NC-SA-4.0', 'CC-BY-ND-4.0'],
  ].map((id) => [id.toLowerCase(), id]),
);
/** How people write them. */
const SPOKEN: Readonly<Record<string, string>> = {
  'mit license': 'MIT',
  'the mit license': 'MIT',
  apache: 'Apache-2.0',
  'apache 2.0': 'Apache-2.0',
  'apache license 2.0': 'Apache-2.0',
  'apache license, version 2.0': 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  'isc license': 'ISC',
  'bsd 3-clause': 'BSD-3-Clause',
  'bsd 2-clause': 'BSD-2-Clause',
  'gpl-2.0': 'GPL-2.0-only',
  'gpl-3.0': 'GPL-3.0-only',
  'agpl-3.0': 'AGPL-3.0-only',
  'mozilla public license 2.0': 'MPL-2.0',
};

/** The identifier of SPDX that a license's name stands for; null for one that is not known. */
export function spdxOf(license: string | null): string | null {
  const name = license?.trim().toLowerCase() ?? '';
  return SPOKEN[name] ?? PERMISSIVE.get(name) ?? OTHERS.get(name) ?? null;
}

/** Whether nothing that is made with it is bound by its terms. */
export function isPermissive(spdx: string | null): boolean {
  return spdx !== null && PERMISSIVE.has(spdx.toLowerCase());
}
