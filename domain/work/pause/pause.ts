/** What may be paused beside a mission. */
export const PAUSE_SCOPES = ['workspace', 'crew', 'agent'] as const;
export type PauseScopeKind = (typeof PAUSE_SCOPES)[number];

/** What becomes of attempts that run: they go on, or are ended and run once more when the pause is over. */
export const PAUSE_MODES = ['continue', 'end'] as const;
export type PauseMode = (typeof PAUSE_MODES)[number];
