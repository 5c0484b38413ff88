import http from 'node:http';

/**
 * Process: long-poll clients, each with a connection of its own, told what to do over IPC. A client whose connection
 * breaks or is sent away (503) asks again until it has its answer, or gives up when it is told so.
 */
type Command =
  /** Opens a client for each path; they are numbered from `from`. */
  | {
      readonly type: 'attach';
      readonly port: number;
      readonly token: string;
      readonly paths: readonly string[];
      readonly from: number;
    }
  /** What breaks from now on stays away, but for every second client. */
  | { readonly type: 'half' };

const RETRY_MS = 100;
/** Connections that are being made at once: more than a listener's backlog would only be retried by the kernel. */
const MAX_CONNECTING = 256;

let attached = 0;
let halfOnly = false;
let connecting = 0;
const waitingToConnect: (() => void)[] = [];

function tell(message: object): void {
  process.send?.(message);
}

function whenRoom(connect: () => void): void {
  if (connecting < MAX_CONNECTING) {
    connecting += 1;
    connect();
  } else waitingToConnect.push(connect);
}

function connected(): void {
  connecting -= 1;
  const next = waitingToConnect.shift();
  if (next !== undefined) whenRoom(next);
}

function ask(target: { port: number; token: string; path: string; index: number }): void {
  whenRoom(() => {
    let isAttached = false;
    let isOver = false;
    let hasRoom = true;
    const leaveQueue = () => {
      if (hasRoom) connected();
      hasRoom = false;
    };
    const end = (answer: number | null) => {
      if (isOver) return;
      isOver = true;
      leaveQueue();
      if (isAttached) attached -= 1;
      if (answer === 200) return tell({ type: 'answered', index: target.index, atMs: Date.now() });
      if (answer !== null && answer !== 503) return tell({ type: 'failed', status: answer });
      if (halfOnly && target.index % 2 === 1) return;
      setTimeout(() => ask(target), RETRY_MS);
    };
    const request = http.get({
      host: '127.0.0.1',
      port: target.port,
      path: target.path,
      agent: false,
      headers: { 'x-internal-token': target.token },
    });
    request.once('socket', (socket) =>
      socket.once('connect', () => {
        isAttached = true;
        attached += 1;
        leaveQueue();
      }),
    );
    request.once('error', () => end(null));
    request.once('response', (response) => {
      response.resume();
      response.once('end', () => end(response.statusCode ?? null));
      response.once('close', () => end(response.complete ? (response.statusCode ?? null) : null));
    });
  });
}

process.on('message', (command: Command) => {
  if (command.type === 'half') halfOnly = true;
  else {
    halfOnly = false;
    for (const [index, path] of command.paths.entries()) {
      ask({ port: command.port, token: command.token, path, index: command.from + index });
    }
  }
});
process.once('SIGTERM', () => process.exit(0));
setInterval(() => tell({ type: 'attached', count: attached }), 200).unref();
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready' });
