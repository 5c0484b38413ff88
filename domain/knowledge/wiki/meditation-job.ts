import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { MEDITATION_MODES, type MeditationMode, MOST_PROPOSALS } from './wiki.ts';

/** What a meditation is asked for by, by either door. */
export function meditationInput({ z }: Fields) {
  return z.strictObject({
    namespace: z.string().min(1).max(80),
    mode: z.enum(MEDITATION_MODES).default('quick').describe('quick: by rows alone; full: a model proposes, too'),
    max_proposals: z.int().min(1).max(MOST_PROPOSALS).default(100).describe('most findings that it makes anew'),
    dry_run: z.boolean().default(false).describe('counts what it would find, and keeps nothing of it'),
  });
}

export interface MeditationInput {
  readonly namespace: string;
  readonly mode: MeditationMode;
  readonly max_proposals: number;
  readonly dry_run: boolean;
}

/** Looks through a namespace for what people should see to. Nothing of it changes an entry. */
export const meditationJob = {
  name: 'wiki.meditation',
  description: 'Finds what is to be done about the entries of a namespace.',
  startedBy: { action: 'manage', scope: 'knowledge:write' },
  seenBy: { action: 'manage', scope: 'knowledge:read' },
  cancelledBy: { action: 'manage', scope: 'knowledge:write' },
  input: meditationInput,
  result: ({ z }) => z.strictObject({ entries: z.int(), proposals: z.int() }),
  deadlineMs: 3_600_000,
  driver: 'job',
  steps: ['lint', 'propose', 'conclude'],
} as const satisfies JobKind;
