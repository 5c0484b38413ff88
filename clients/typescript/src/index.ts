export {
  createCrewship,
  type Crewship,
  type Escalation,
  type JournalFilter,
  type Mission,
} from './client.ts';
export type { CrewshipOptions } from './connection.ts';
export type { StreamItem, StreamOptions } from './events.ts';
export type { ErrorCode, Operations } from './generated/operations.ts';
export type {
  Answer,
  EventOperation,
  Input,
  Item,
  JournalEntry,
  ListOperation,
  OperationKey,
  RequestOperation,
} from './operations.ts';
export { CrewshipProblem, CrewshipStreamEnded, CrewshipUnreachable, type FieldProblem } from './problem.ts';
export type { Exchange, RequestOptions } from './request.ts';
export type { SocketEvent, SocketOptions } from './socket.ts';
