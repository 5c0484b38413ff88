import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { FolderOperation } from './folder.ts';

type OfUpdate = { readonly update_id: string; readonly approval_id: string; readonly operation: FolderOperation };

/** Ids and states; never a path or what anybody wrote. They are the project’s entries. */
export const folderEntries = {
  'folder.created': entryKind<{ readonly folder_id: string }>(),
  'folder.update_proposed': entryKind<OfUpdate & { readonly folder_id: string; readonly base_version: number }>(),
  'folder.update_decided': entryKind<OfUpdate & { readonly status: 'applied' | 'rejected' }>(),
  /** What they were about changed before anybody decided. */
  'folder.updates_void': entryKind<{ readonly update_ids: readonly string[] }>(),
  'project.scaffolded': entryKind<{
    readonly job_id: string;
    readonly created: number;
    readonly skipped: number;
    readonly failed: number;
  }>(),
};
