import { chmod, rm } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import type { CrewContainerSpec } from '../../../activities/crews/containers/crew-container-options.ts';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { startSidecar } from '../../../activities/crews/containers/start-sidecar.ts';
import { API_SOCKET_PATH, type IpcConfig, SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import { bundleSidecar } from '../../../sidecar/bundle.ts';
import { expect } from 'vitest';
import {
  type ContainerCrew,
  createDockerFixture,
  type DockerFixture,
  startCrew,
} from '../../support/container-crew.ts';

/** A request as the stand-in for the API saw it. */
export interface Seen {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export type ApiAnswer = (request: Seen, response: http.ServerResponse) => void;

export interface AgentRequest {
  path: string;
  options?: { method?: string; headers?: object; body?: string };
}

export interface AgentAnswer {
  status: number;
  type: string;
  body: Record<string, unknown>;
}

/** A real crew container with its sidecar beside it, and where the API's socket would be. */
export interface SidecarFixture {
  readonly fixture: DockerFixture;
  readonly crew: ContainerCrew;
  readonly sidecarFile: string;
  readonly execId: string;
  readonly ipcConfig: IpcConfig;
  readonly socketPath: string;
  /** What the API was asked; tests empty it. */
  readonly seen: Seen[];
  /** A stand-in for the API's internal role: only its socket and its answers matter to a sidecar. */
  listenAsApi(answer: ApiAnswer): Promise<{ kill(): Promise<void> }>;
  /** What an agent gets from the sidecar for requests that it makes one after the other. */
  askAll(requests: readonly AgentRequest[]): Promise<AgentAnswer[]>;
  ask(path: string, options?: AgentRequest['options']): Promise<AgentAnswer>;
  seenRequest(count: number): Promise<void>;
  /** Starts another sidecar beside those that run. */
  startAnother(changes?: Partial<IpcConfig>): Promise<string>;
  close(): Promise<void>;
}

export const TEST_CREW_TOKEN = `crwv1.ws.crew.${'0'.repeat(60)}7331`;

export async function startSidecarFixture(changes: Partial<CrewContainerSpec> = {}): Promise<SidecarFixture> {
  const fixture = await createDockerFixture();
  const sidecarFile = (await bundleSidecar(fixture.settings.runtimeDir)).file;
  const crew = await startCrew(fixture, fixture.newSpec(changes));
  const socketPath = path.join(crewPaths(fixture.settings, crew.spec.crewId).sockets, 'api.sock');
  const ipcConfig: IpcConfig = {
    workspace_id: crew.spec.workspaceId,
    crew_id: crew.spec.crewId,
    crew_token: TEST_CREW_TOKEN,
    token_fp: 'abcdef012345',
    api_socket_path: API_SOCKET_PATH,
    listen_port: SIDECAR_PORT,
  };
  const seen: Seen[] = [];
  const start = async (config: Partial<IpcConfig> = {}) => {
    const sidecar = { containerId: await crew.beside(), sidecarFile, ipcConfig: { ...ipcConfig, ...config } };
    return (await startSidecar(fixture.docker, sidecar)).execId;
  };

  async function askAll(requests: readonly AgentRequest[]): Promise<AgentAnswer[]> {
    const script = `(async () => { const answers = [];
      for (const { path, options } of ${JSON.stringify(requests)}) {
        const r = await fetch("http://127.0.0.1:9119" + path, options);
        answers.push({ status: r.status, type: r.headers.get("content-type"), body: await r.json() });
      }
      console.log(JSON.stringify(answers)); })()`;
    const { stdout, stderr } = await crew.sh(`/opt/crewship/bin/node -e '${script.replaceAll("'", "'\\''")}'`);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as AgentAnswer[];
  }

  return {
    fixture,
    crew,
    sidecarFile,
    execId: await start(),
    ipcConfig,
    socketPath,
    seen,
    async listenAsApi(answer) {
      await rm(socketPath, { force: true });
      const server = http.createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        request.on('end', () => {
          const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
          seen.push(entry);
          answer(entry, response);
        });
      });
      server.on('connect', ({ url = '', headers }, socket) => {
        seen.push({ method: 'CONNECT', url, headers, body: '' });
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\n\r\n{"code":"egress_denied"}');
      });
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      await chmod(socketPath, 0o660);
      return {
        kill: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      };
    },
    askAll,
    ask: async (requestPath, options = {}) => (await askAll([{ path: requestPath, options }]))[0]!,
    async seenRequest(count) {
      await expect.poll(() => seen.length, { timeout: 10_000, interval: 10 }).toBeGreaterThanOrEqual(count);
    },
    startAnother: start,
    close: () => fixture.close(),
  };
}

export function json(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** A request with a JSON body. */
export const post = (body: object, headers: object = {}, method = 'POST') => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
