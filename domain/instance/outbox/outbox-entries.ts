import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const outboxEntries = {
  /** A command was refused for good and waits for an operator. */
  'system.command_parked': entryKind<{
    readonly command_id: number;
    readonly kind: 'workflow' | 'wake';
    readonly target: string;
    readonly code: string;
  }>(),
  'system.command_retried': entryKind<{
    readonly command_id: string;
    readonly target: string;
    readonly code: string | null;
  }>(),
};
