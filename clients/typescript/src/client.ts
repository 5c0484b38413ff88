import { createConnection, type CrewshipOptions, type Sent } from './connection.ts';
import { followEvents, type StreamItem, type StreamOptions } from './events.ts';
import type {
  Answer,
  EventOperation,
  Input,
  InputArguments,
  Item,
  JournalEntry,
  ListOperation,
  RequestOperation,
} from './operations.ts';
import { itemsOf } from './pages.ts';
import { exchange, type Exchange, type RequestOptions } from './request.ts';
import { channelEvents, type SocketEvent, type SocketOptions } from './socket.ts';
import { entriesOf, rowWhen } from './waits.ts';

export type JournalFilter = NonNullable<Input<'GET /api/v1/journal/stream'>['query']>;
export type Mission = Answer<'GET /api/v1/crews/{crewId}/missions/{missionId}'>;
export type Escalation = Item<'GET /api/v1/crews/{crewId}/escalations'>;

/** Nothing of these missions runs on by itself. */
const SETTLED: readonly Mission['status'][] = ['REVIEW', 'COMPLETED', 'FAILED', 'CANCELLED'];

export interface Crewship {
  /**
   * The body of the answer. Rejects with `CrewshipProblem` when refused, with `CrewshipUnreachable` without an answer.
   */
  request<Key extends RequestOperation>(
    operation: Key,
    ...options: InputArguments<Key, RequestOptions>
  ): Promise<Answer<Key>>;
  /** The same with status and headers, such as an ETag. */
  exchange<Key extends RequestOperation>(
    operation: Key,
    ...options: InputArguments<Key, RequestOptions>
  ): Promise<Exchange<Answer<Key>>>;
  /** Every item of a list from the page that `query` names on; the next page is asked for when it is wanted. */
  list<Key extends ListOperation>(
    operation: Key,
    ...options: InputArguments<Key, { readonly signal?: AbortSignal }>
  ): AsyncIterable<Item<Key>>;
  /** Server-sent events, over breaks: nothing is lost and nothing comes twice. */
  events<Key extends EventOperation>(
    operation: Key,
    ...options: InputArguments<Key, StreamOptions>
  ): AsyncIterable<StreamItem>;
  /** Entries of the journal: the newest fifty, or what comes after `after`, and then each as it is made. */
  journal(filter?: JournalFilter, options?: StreamOptions): AsyncIterable<JournalEntry>;
  /** Events of a channel such as `mission:<id>`, over a WebSocket. */
  channel(name: string, options?: SocketOptions): AsyncIterable<SocketEvent>;
  /**
   * The mission as soon as a status of it is `until`: by default settled (REVIEW, COMPLETED, FAILED or CANCELLED). It
   * follows the journal, which a token with scopes has to allow, and asks again only when the status has changed.
   */
  waitForMission(
    mission: { readonly crewId: string; readonly missionId: string },
    options?: { readonly until?: (mission: Mission) => boolean; readonly signal?: AbortSignal },
  ): Promise<Mission>;
  /** The escalation as soon as it is not PENDING any more, in the same way. */
  waitForEscalation(
    escalation: { readonly crewId: string; readonly escalationId: string },
    options?: { readonly signal?: AbortSignal },
  ): Promise<Escalation>;
}

/** What every call may be given. */
type Given = Pick<Sent, 'params' | 'query' | 'body'> & RequestOptions & StreamOptions;

export function createCrewship(options: CrewshipOptions): Crewship {
  const connection = createConnection(options);

  function sentOf(operation: string, { params, query, body }: Given): Omit<Sent, 'idempotencyKey'> {
    return { operation, params, query, body };
  }
  const ask = (operation: string, given: Given = {}) => exchange(connection, sentOf(operation, given), given);
  const follow = (operation: string, given: Given = {}) => followEvents(connection, sentOf(operation, given), given);

  const crewship: Crewship = {
    request: async (operation, ...[given]) => (await ask(operation, given)).body as Answer<typeof operation>,
    exchange: (operation, ...[given]) => ask(operation, given) as Promise<Exchange<Answer<typeof operation>>>,
    list(operation, ...[given]) {
      const { query = {}, ...rest }: Given = given ?? {};
      const items = itemsOf((page) => ask(operation, { ...rest, query: page }), query);
      return items as AsyncGenerator<Item<typeof operation>>;
    },
    events: (operation, ...[given]) => follow(operation, given),
    journal: (filter = {}, streaming = {}) =>
      entriesOf<JournalEntry>(follow('GET /api/v1/journal/stream', { ...streaming, query: filter }), 'the journal'),
    channel: (name, socket = {}) =>
      channelEvents(
        connection,
        async () => (await crewship.request('GET /api/v1/ws-token', socket)).token,
        name,
        socket,
      ),
    waitForMission(params, { until = isSettled, ...streaming } = {}) {
      const query: JournalFilter = { mission_id: params.missionId, entry_type: 'mission.status_change' };
      return rowWhen(follow('GET /api/v1/journal/stream', { ...streaming, query }), {
        read: () => crewship.request('GET /api/v1/crews/{crewId}/missions/{missionId}', { ...streaming, params }),
        isDone: until,
      });
    },
    waitForEscalation({ crewId, escalationId }, streaming = {}) {
      const query: JournalFilter = { entry_type: 'peer.escalation' };
      return rowWhen(follow('GET /api/v1/journal/stream', { ...streaming, query }), {
        read: () => findEscalation(crewship, crewId, escalationId, streaming),
        isAbout: (entry) => (entry as JournalEntry).payload.escalation_id === escalationId,
        isDone: ({ status }) => status !== 'PENDING',
      });
    },
  };
  return crewship;
}

function isSettled({ status }: Mission): boolean {
  return SETTLED.includes(status);
}

/** Escalations are listed, newest first: one that is waited for is near the beginning. */
async function findEscalation(
  crewship: Crewship,
  crewId: string,
  escalationId: string,
  options: { readonly signal?: AbortSignal },
): Promise<Escalation> {
  const listed = crewship.list('GET /api/v1/crews/{crewId}/escalations', {
    ...options,
    params: { crewId },
    query: { limit: 100 },
  });
  for await (const escalation of listed) if (escalation.id === escalationId) return escalation;
  throw new TypeError(`crew ${crewId} has no escalation ${escalationId}`);
}
