import { CrewshipError } from '../../kernel/errors/crewship-error.ts';

export const ARTIFACT_KINDS = ['html', 'pdf', 'docx', 'image', 'csv', 'other'] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** What one run may publish. */
export const MAX_ARTIFACTS_OF_RUN = 20;
export const MAX_ARTIFACT_BYTES = 25 * 1024 * 1024;
/** The longest HTML that is read as a source, and that people save. */
export const MAX_HTML_BYTES = 2 * 1024 * 1024;
/** A path below /output, and what people call it. */
export const MAX_PATH_CHARACTERS = 1_024;
export const MAX_TITLE_CHARACTERS = 200;
/** How much of a content its kind is told by. */
export const HEAD_BYTES = 16;

/** A file that a run wants to have published. */
export interface PublishedPath {
  /** Below /output. */
  readonly path: string;
  readonly title: string | null;
}

/** One as messages and runs name it. */
export interface ArtifactRef {
  readonly reference_token: string;
  readonly name: string;
  readonly title: string | null;
  readonly kind: ArtifactKind;
  readonly mime: string;
  readonly size_bytes: number;
  readonly revision: number;
}

/** What a saved content lost: an element, an attribute, a property of a style, and how often. */
export interface RemovedMarkup {
  readonly what: 'element' | 'attribute' | 'style';
  readonly name: string;
  readonly count: number;
}

/** The path below /output that an agent's path means; null: none. `/output/` in front of it is let pass. */
export function artifactPath(text: string): string | null {
  const path = text.replace(/^\/output\//, '').replace(/^(?:\.\/)+/, '');
  if (path === '' || path.length > MAX_PATH_CHARACTERS || path.includes('\0')) return null;
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..') ? path : null;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/**
 * What a result's `artifacts` wants published: `{path, title}` or a path. What is none is left out: the work is done
 * all the same.
 */
export function readPublishedPaths(value: unknown): readonly PublishedPath[] {
  if (!Array.isArray(value)) return [];
  const found = new Map<string, PublishedPath>();
  for (const item of value.slice(0, 10 * MAX_ARTIFACTS_OF_RUN) as readonly unknown[]) {
    const { path: given, title } = (typeof item === 'object' && item !== null ? item : { path: item }) as {
      readonly path?: unknown;
      readonly title?: unknown;
    };
    const path = artifactPath(textOf(given));
    if (path === null) continue;
    const named = textOf(title).slice(0, MAX_TITLE_CHARACTERS).toWellFormed();
    found.set(path, { path, title: named === '' ? null : named });
    if (found.size === MAX_ARTIFACTS_OF_RUN) break;
  }
  return [...found.values()];
}

/** The last name of a path, as a file is saved under it. */
export function fileNameOf(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .slice(-255)
    .toWellFormed();
}

interface FileType {
  readonly kind: ArtifactKind;
  readonly mime: string;
}

const OTHER: FileType = { kind: 'other', mime: 'application/octet-stream' };
const TEXTS: Readonly<Record<string, FileType>> = {
  html: { kind: 'html', mime: 'text/html; charset=utf-8' },
  htm: { kind: 'html', mime: 'text/html; charset=utf-8' },
  csv: { kind: 'csv', mime: 'text/csv; charset=utf-8' },
  md: { kind: 'other', mime: 'text/markdown; charset=utf-8' },
  txt: { kind: 'other', mime: 'text/plain; charset=utf-8' },
  json: { kind: 'other', mime: 'application/json' },
};
/** How contents begin, in Latin-1, whatever their names say. */
const HEADS: readonly (FileType & { readonly head: string; readonly extension?: string })[] = [
  { kind: 'pdf', mime: 'application/pdf', head: '%PDF-' },
  { kind: 'image', mime: 'image/png', head: '\x89PNG\r\n\x1a\n' },
  { kind: 'image', mime: 'image/jpeg', head: '\xff\xd8\xff' },
  { kind: 'image', mime: 'image/gif', head: 'GIF87a' },
  { kind: 'image', mime: 'image/gif', head: 'GIF89a' },
  { kind: 'image', mime: 'image/webp', head: 'RIFF', extension: 'webp' },
  {
    kind: 'docx',
    mime: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    head: 'PK\x03\x04',
    extension: 'docx',
  },
];

/** What a file is, by its first bytes and where those say nothing by its name. What has a NUL in them is no text. */
export function fileTypeOf(name: string, head: Uint8Array): FileType {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const start = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  const byHead = HEADS.find((type) => start.startsWith(type.head) && (type.extension ?? extension) === extension);
  if (byHead !== undefined) return { kind: byHead.kind, mime: byHead.mime };
  return start.includes('\0') ? OTHER : (TEXTS[extension] ?? OTHER);
}

/** Only HTML has a source that people read and save. */
export function refuseUnlessHtml(kind: ArtifactKind): void {
  if (kind === 'html') return;
  throw new CrewshipError('conflict', 'only HTML has a source', { extensions: { reason: 'not_html', kind } });
}

/** What is saved was made from the revision that is there. */
export function refuseStaleBase(current: number, base: number): void {
  if (current === base) return;
  throw new CrewshipError('conflict', `revision ${current} is there by now; read it again`, {
    extensions: { reason: 'stale_base', current_revision: current },
  });
}
