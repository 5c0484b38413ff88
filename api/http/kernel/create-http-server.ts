import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { ERROR_STATUS } from '../errors/error-status.ts';
import { PROBLEM_CONTENT_TYPE, toProblem } from '../errors/problem.ts';
import { refuseUnknownRoute, sendProblem } from '../errors/send-problem.ts';
import { encodeBody } from './encode-body.ts';
import { addJsonParser } from './parse-json-body.ts';
import { requestIdOf } from './request-id.ts';
import type { Route } from './route.ts';
import { routeMatcher } from './route-matcher.ts';
import { serializerCompiler } from './serialize.ts';
import { validatorCompiler } from './validate.ts';

/** How long a client may take to send a request: who sends it a byte at a time holds a connection, and no more. */
export interface ReceivingTimes {
  readonly headersMs: number;
  /** Headers and body; a file of 10 MiB at 1 Mbit/s. */
  readonly requestMs: number;
  readonly lookEveryMs: number;
}

const RECEIVING_TIMES: ReceivingTimes = { headersMs: 15_000, requestMs: 120_000, lookEveryMs: 5_000 };

/** Of what goes wrong before there is a request. */
const CLIENT_ERRORS: Readonly<Record<string, { readonly status: number; readonly title: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, title: 'Request header fields too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, title: 'Request timeout' },
};

function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/** The answer to the newest request of a connection. */
const ANSWER = Symbol('answer');
type Answered = Socket & { [ANSWER]?: ServerResponse };

/**
 * Ends connections that have never sent anything when the server closes: Node neither takes those for idle nor watches
 * their time any more, so it would wait for them for as long as their clients like.
 */
function endUnusedOnClose(server: FastifyInstance): void {
  const open = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.addHook('preClose', (done) => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
}

/**
 * A Fastify instance with the product's rules and no route: request ids, JSON only, problem documents for every
 * refusal, also those that happen before routing. Shared by the public and the internal listener.
 */
export function createHttpServer(options: {
  readonly log: Logger;
  readonly routes: readonly Pick<Route, 'method' | 'url'>[];
  /** Requests that leave HTTP; a request that asks for another protocol and is none of these is answered as HTTP. */
  readonly isUpgrade?: (request: IncomingMessage) => boolean;
  /** Addresses and networks whose word is taken for where a request comes from; default: nobody's. */
  readonly trustedProxies?: readonly string[];
  readonly timings?: Partial<ReceivingTimes>;
}): FastifyInstance {
  const times = { ...RECEIVING_TIMES, ...options.timings };
  const server = fastify({
    loggerInstance: options.log,
    http: {
      headersTimeout: times.headersMs,
      connectionsCheckingInterval: times.lookEveryMs,
      ...(options.isUpgrade === undefined ? {} : { shouldUpgradeCallback: options.isUpgrade }),
    },
    requestTimeout: times.requestMs,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    // Making a logger a request costs more than the few lines they log, which name the request themselves.
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    requestIdHeader: false,
    trustProxy: (options.trustedProxies ?? []).length === 0 ? false : [...options.trustedProxies!],
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, error),
    clientErrorHandler(error, socket) {
      const { status, title } = CLIENT_ERRORS[String((error as { code?: string }).code)] ?? {
        status: 400,
        title: ERROR_STATUS.invalid_request.title,
      };
      // An answer that has begun is the only one: a second would be read as that of the client's next request.
      if ((socket as Answered)[ANSWER]?.headersSent === true || !socket.writable) {
        socket.destroy();
        return;
      }
      const refusal = new CrewshipError('invalid_request', 'the request is not valid HTTP');
      const body = JSON.stringify({
        ...toProblem(refusal, { url: '', requestId: requestIdOf({ headers: {} }) }),
        status,
        title,
      });
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    },
  }) as unknown as FastifyInstance;
  endUnusedOnClose(server);
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  addJsonParser(server);
  const refuseUnknown = refuseUnknownRoute(routeMatcher(options.routes));
  server.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  server.setNotFoundHandler(refuseUnknown);
  // Where no route is, nobody minds what the body is or whether it has a type: QUERY without one is no fault of ours.
  server.addHook('preParsing', (request, reply, payload, done) => {
    if (request.is404) refuseUnknown(request, reply);
    else done(null, payload);
  });
  server.addHook('onSend', (_request, _reply, payload, done) => done(null, encodeBody(payload)));
  server.addHook('onRequest', (request, reply, done) => {
    (request.raw.socket as Answered)[ANSWER] = reply.raw;
    reply.header('x-request-id', request.id);
    if (hasTwoHosts(request.raw.rawHeaders)) {
      // Node takes the first; whoever stands before it may have judged by the other.
      reply.header('connection', 'close');
      done(new CrewshipError('invalid_request', 'a request names one Host'));
      return;
    }
    // A NUL in the path or query can be in no stored value; Postgres would refuse it less clearly.
    if (request.url.includes('%00')) {
      done(new CrewshipError('invalid_request', 'the path and query must not contain NUL'));
      return;
    }
    done();
  });
  return server;
}
