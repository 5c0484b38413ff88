import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ArtifactKind } from './artifact.ts';

export const artifactEntries = {
  'artifact.created': entryKind<{
    readonly artifact_id: string;
    readonly run_id: string;
    readonly kind: ArtifactKind;
    readonly size_bytes: number;
  }>(),
  /** A file that a run named and that was not published: `reason` says why. */
  'artifact.refused': entryKind<{ readonly run_id: string; readonly reason: string }>(),
  'artifact.revised': entryKind<{
    readonly artifact_id: string;
    readonly revision: number;
    readonly removed: number;
  }>(),
  'artifact.downloaded': entryKind<{ readonly artifact_id: string; readonly revision: number }>(),
};
