import { entryKind } from '../../kernel/journal/entry-kind.ts';

type OfFile = { readonly file_id: string; readonly namespace_id: string };
type Added = OfFile & { readonly version: number; readonly size_bytes: number; readonly job_id: string };
type Ingested = OfFile & { readonly version: number; readonly entries: number; readonly job_id: string };
type Failed = OfFile & { readonly version: number; readonly code: string; readonly job_id: string };

/** No name and no words of a file: who reads the journal may not reach it. Those of projects are their documents. */
export const fileEntries = {
  'knowledge.file_added': entryKind<Added>(),
  'knowledge.file_ingested': entryKind<Ingested>(),
  'knowledge.file_failed': entryKind<Failed>(),
  'knowledge.file_visibility': entryKind<OfFile & { readonly visible: boolean }>(),
  'knowledge.file_deleted': entryKind<OfFile & { readonly entries: number }>(),
  'document.uploaded': entryKind<Added>(),
  'document.ingested': entryKind<Ingested>(),
  'document.failed': entryKind<Failed>(),
};
