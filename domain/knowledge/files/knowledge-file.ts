import type { DocumentFormat } from './document-format.ts';

/** Of the newest content; what was made of the one before is found until it is `ready`. */
export const FILE_STATUSES = ['uploaded', 'extracting', 'indexing', 'ready', 'failed'] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/** Which edition of the readers this is: files of an older one are read again where all are. */
export const READER_EDITION = 1;

export const MAX_FILES_OF_NAMESPACE = 10_000;
/** That one job reads again. */
export const MAX_FILES_OF_JOB = 1_000;
/** In one request. */
export const MAX_UPLOADED_FILES = 10;

export const ON_CONFLICT = ['version', 'rename', 'fail'] as const;
/** What becomes of a document whose name its folder has: another content of that, another name, or nothing. */
export type OnConflict = (typeof ON_CONFLICT)[number];

/** A file as callers see it: docs/contracts/knowledge.md, Files. */
export interface KnowledgeFile {
  readonly id: string;
  readonly namespace: string;
  readonly project_id: string | null;
  /** Of a project, without the slash that the path of the folder begins with. */
  readonly folder: string;
  readonly filename: string;
  readonly format: DocumentFormat;
  readonly mime: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly version: number;
  readonly visible: boolean;
  readonly status: FileStatus;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly entry_count: number;
  readonly job_id: string | null;
  readonly source_url: string | null;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

const MAX_NAME = 255;
/** What is longer, after a dot, says no kind. */
const MAX_EXTENSION = 32;

/** Names a file by the last part of what it was called where it comes from; null for what names none. */
export function fileNameOf(given: string): string | null {
  const last = given.split(/[/\\]/).at(-1) ?? '';
  const name = withoutControls(last).trim().slice(-MAX_NAME).toWellFormed();
  return name === '' || name === '.' || name === '..' ? null : name;
}

const withoutControls = (text: string) => text.replaceAll(/\p{Cc}/gu, '');

/** Another name beside the first: `report (2).pdf`. */
export function numberedName(filename: string, number: number): string {
  const dot = filename.lastIndexOf('.');
  const hasExtension = dot > 0 && filename.length - dot <= MAX_EXTENSION;
  const [stem, extension] = hasExtension ? [filename.slice(0, dot), filename.slice(dot)] : [filename, ''];
  const mark = ` (${number})`;
  return `${stem.slice(0, MAX_NAME - mark.length - extension.length).toWellFormed()}${mark}${extension}`;
}

/** The name itself where it is not taken, else the first one beside it that is not. */
export function freeNameBeside(filename: string, taken: ReadonlySet<string>): string {
  let name = filename;
  for (let number = 2; taken.has(name); number += 1) name = numberedName(filename, number);
  return name;
}

/** What a file is called for people: its name without what says of which kind it is. */
export function titleOfName(filename: string): string {
  return filename
    .replace(/(?<=.)\.[A-Za-z0-9]{1,8}$/, '')
    .slice(0, 200)
    .toWellFormed();
}
