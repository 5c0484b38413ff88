import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** Names of checks and numbers; never what was validated, or what a judge said of it. */
export const validationEntries = {
  'validation.scored': entryKind<{
    readonly log_id: string;
    readonly passed: boolean;
    readonly score: number | null;
    readonly failed_checks: readonly string[];
    /** Null: no judge was asked. */
    readonly low_confidence: boolean | null;
  }>(),
};
