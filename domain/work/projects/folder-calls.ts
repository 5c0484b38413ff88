import { type AgentCall, QUERY_BOUNDS } from '../../kernel/schemas/agent-call.ts';
import { FOLDER_OPERATIONS, MAX_FOLDER_DEPTH, MAX_PATH_CHARACTERS } from './folder.ts';

const projectId = 'Id of the project: of what you work on, or one that your whole workspace sees.';

export const listFoldersCall = {
  name: 'list_folders',
  method: 'GET',
  path: '/projects/:id/folders',
  title: 'Folders of a project',
  description: 'The folders of a project, by their paths, each with its version and how many documents are in it.',
  id: projectId,
  input: ({ z }) =>
    z.object({
      depth: z.number().int().min(1).max(MAX_FOLDER_DEPTH).default(MAX_FOLDER_DEPTH).describe('Levels below the root.'),
      limit: z.number().int().min(1).max(100).default(100).describe('Most folders to return.'),
      offset: z.number().int().min(0).max(1_000_000).default(0).describe('Folders to skip.'),
    }),
  effect: 'reads',
  query: { depth: /^\d{1,2}$/, limit: QUERY_BOUNDS.limit, offset: QUERY_BOUNDS.offset },
} satisfies AgentCall;

export const proposeFolderUpdateCall = {
  name: 'propose_folder_update',
  method: 'POST',
  path: '/projects/:id/folder-updates',
  title: 'Propose a change of folders',
  description:
    'Propose to people one change of a project’s folders: nothing changes until one of its editors approves. ' +
    '`create` makes a folder in one that is there; `rename` and `move` take it to `new_path` with all that is ' +
    'below it; `delete` moves its documents into the folder above it; `file_document` puts a document into it. A ' +
    'proposal whose folder changes before it is decided is void: propose anew.',
  id: projectId,
  input: ({ z, id }) => {
    const path = z.string().min(1).max(MAX_PATH_CHARACTERS);
    return z.object({
      operation: z.enum(FOLDER_OPERATIONS),
      path: path.describe('The folder, from the root: /Specs/Drafts.'),
      new_path: path.nullable().default(null).describe('For rename and move: its whole new path.'),
      document_id: id.nullable().default(null).describe('For file_document: what goes into the folder.'),
      base_version: z
        .int()
        .min(1)
        .max(2_147_483_647)
        .nullable()
        .default(null)
        .describe('The version that you read, of create that of the folder above; another one is refused.'),
      reason: z.string().trim().min(1).max(1_000).describe('Why, for who decides.'),
    });
  },
  effect: 'adds',
  actorField: 'agent_id',
} satisfies AgentCall;

export const FOLDER_CALLS: readonly AgentCall[] = [listFoldersCall, proposeFolderUpdateCall];
