import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { PauseMode } from './pause.ts';

type Paused = {
  readonly running: PauseMode;
  /** Attempts that were asked to end. */
  readonly ended: number;
};
type Unpaused = { readonly paused_at: string };

export const pauseEntries = {
  'workspace.paused': entryKind<Paused>(),
  'workspace.unpaused': entryKind<Unpaused>(),
  'crew.paused': entryKind<Paused>(),
  'crew.unpaused': entryKind<Unpaused>(),
  'agent.paused': entryKind<Paused>(),
  'agent.unpaused': entryKind<Unpaused>(),
};
