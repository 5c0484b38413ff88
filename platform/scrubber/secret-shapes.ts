/** A secret known by how it looks: a fixed start, then a run of characters of one class. */
export interface SecretShape {
  prefix: string;
  /** Characters of the run, as the inside of a regular expression class. */
  body: string;
  minBody: number;
  /** The character before may not be a letter or digit: `sk-` starts a key, but not inside `task-`. */
  wordStart: boolean;
}

const TOKEN = 'A-Za-z0-9_-';
const DOTTED = 'A-Za-z0-9._-';

function shape(prefix: string, minBody: number, body: string = TOKEN, wordStart = false): SecretShape {
  return { prefix, body, minBody, wordStart };
}

/** Crewship's own tokens, then those of providers whose keys agents meet. */
export const SECRET_SHAPES: readonly SecretShape[] = [
  shape('crewship_cli_', 8),
  shape('crewship_refresh_', 40),
  shape('crewos_', 60, TOKEN, true),
  shape('crewship_admin_', 8),
  shape('crwv1.', 8, DOTTED),
  shape('crwv2.', 8, DOTTED),
  shape('wsv1.', 8, DOTTED),
  shape('agtv1.', 8, DOTTED),
  shape('runv1.', 8, DOTTED),
  shape('sk-', 20, TOKEN, true),
  shape('sk_live_', 16),
  shape('rk_live_', 16),
  shape('ghp_', 30),
  shape('gho_', 30),
  shape('ghu_', 30),
  shape('ghs_', 30),
  shape('ghr_', 30),
  shape('github_pat_', 22),
  shape('glpat-', 20),
  shape('xoxb-', 20),
  shape('xoxp-', 20),
  shape('xoxa-', 20),
  shape('xapp-', 20),
  shape('AIza', 35, TOKEN, true),
  shape('AKIA', 16, 'A-Z0-9', true),
  shape('ASIA', 16, 'A-Z0-9', true),
  shape('npm_', 36, 'A-Za-z0-9', true),
  shape('hf_', 30, 'A-Za-z0-9', true),
  shape('pypi-', 40, TOKEN, true),
  shape('eyJ', 60, DOTTED, true),
  shape('Bearer ', 20, 'A-Za-z0-9._~+/=-'),
  shape('bearer ', 20, 'A-Za-z0-9._~+/=-'),
];
