/** Where a project's folders begin. */
export const ROOT_PATH = '/';

export const MAX_PATH_CHARACTERS = 500;
/** Levels below the root. */
export const MAX_FOLDER_DEPTH = 10;
const MAX_NAME_CHARACTERS = 120;
/** Of a project. */
export const MAX_FOLDERS = 2_000;
/** Proposals of a project that wait for people. */
export const MAX_OPEN_UPDATES = 500;

/** A folder of a project's documents: docs/contracts/projects.md, Folders. */
export interface Folder {
  readonly id: string;
  /** From the root, `/`: `/Specs/Drafts`. */
  readonly path: string;
  readonly name: string;
  /** Null: the root. */
  readonly parent_id: string | null;
  /** In it, not below it. */
  readonly document_count: number;
  /** Another one whenever its path is another. */
  readonly version: number;
}

export const FOLDER_OPERATIONS = ['create', 'rename', 'move', 'delete', 'file_document'] as const;
export type FolderOperation = (typeof FOLDER_OPERATIONS)[number];

/** `conflict`: the folder that it is about changed before anybody decided. */
export const FOLDER_UPDATE_STATUSES = ['proposed', 'applied', 'rejected', 'conflict'] as const;
export type FolderUpdateStatus = (typeof FOLDER_UPDATE_STATUSES)[number];

/** A change of a project's folders that an agent proposes. */
export interface FolderUpdate {
  readonly id: string;
  readonly operation: FolderOperation;
  /** The folder; of `create` the one that is to be. */
  readonly path: string;
  /** Of `rename` and `move`: where it is to be. */
  readonly new_path: string | null;
  /** Of `file_document`: what is to be in it. */
  readonly document_id: string | null;
  readonly reason: string | null;
  /** An agent. */
  readonly proposed_by: string | null;
  readonly base_version: number;
  readonly status: FolderUpdateStatus;
  readonly approval_id: string;
  readonly note: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly created_at: string;
}

/** The kind of the decisions on them, and what such a decision is about. */
export const FOLDER_APPROVAL = 'folder_update';
export const FOLDER_SUBJECT = 'folder_update';

// Control characters, and what turns the direction of the text around it, make one path look like another.
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u;

/**
 * A path in its one form: a leading slash, none at the end, no empty parts, composed characters. Null: it is none, as a
 * part is `.` or `..`, or has characters that nobody sees, or there is too much of it.
 */
export function folderPath(text: string): string | null {
  const parts = text
    .normalize('NFC')
    .split('/')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const isFit = parts.every(
    (part) =>
      part !== '.' && part !== '..' && part.length <= MAX_NAME_CHARACTERS && part.isWellFormed() && !UNFIT.test(part),
  );
  const path = `/${parts.join('/')}`;
  return isFit && parts.length <= MAX_FOLDER_DEPTH && path.length <= MAX_PATH_CHARACTERS ? path : null;
}

/** The path of the folder in which this one is; of the root the root's. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** Whether the second path is the first or below it. */
export function isWithin(path: string, other: string): boolean {
  return other === path || other.startsWith(path === ROOT_PATH ? path : `${path}/`);
}

/** Paths of a folder and of all above it, from the top; without the root. */
export function pathsTo(path: string): string[] {
  const parts = path.split('/').slice(1);
  return path === ROOT_PATH ? [] : parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
