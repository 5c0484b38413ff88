import { SIDECAR_PORT } from './ipc-config.ts';

/** Where agents find their crew's tools, in the Model Context Protocol's streamable HTTP. */
export const MCP_PATH = '/mcp';
export const MCP_URL = `http://127.0.0.1:${SIDECAR_PORT}${MCP_PATH}`;

/** What the tools' server is called, by agents' tools and in the record of calls. */
export const MCP_SERVER_ID = 'crewship';

/**
 * What a client says in its headers of who calls, beside the run's token: what a tool call leaves out is taken from it.
 */
export const AGENT_SLUG_HEADER = 'X-Agent-Slug';
export const CHAT_HEADER = 'X-Chat-Id';
