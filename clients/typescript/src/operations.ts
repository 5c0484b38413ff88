import type { Operations } from './generated/operations.ts';

/** An operation's method and path, as in `GET /api/v1/crews`. */
export type OperationKey = keyof Operations;

/** Operations that answer with server-sent events. */
export type EventOperation = {
  [Key in OperationKey]: Operations[Key] extends { readonly events: true } ? Key : never;
}[OperationKey];

/** Operations that answer once. */
export type RequestOperation = {
  [Key in OperationKey]: Operations[Key] extends { readonly answer: unknown } ? Key : never;
}[OperationKey];

/** What an operation takes: `params` of its path, `query` and `body`, as far as it has them. */
export type Input<Key extends OperationKey> = Pick<
  Operations[Key],
  Extract<keyof Operations[Key], 'params' | 'query' | 'body'>
>;

/** What an operation answers; undefined where there is nothing to say. */
export type Answer<Key extends RequestOperation> = Operations[Key] extends { readonly answer: infer Given }
  ? Given
  : never;

/** Arguments of a function that takes an operation's input: none where none is required. */
export type InputArguments<Key extends OperationKey, Options> =
  Record<never, never> extends Input<Key> ? [options?: Input<Key> & Options] : [options: Input<Key> & Options];

/** What is in the lists of an operation: of a bare array, or of the one member of its answer that is an array. */
export type Item<Key extends RequestOperation> =
  Answer<Key> extends readonly (infer One)[]
    ? One
    : {
        [Name in ListMember]: Answer<Key> extends { readonly [Held in Name]: readonly (infer One)[] } ? One : never;
      }[ListMember];

/** Members that hold the items of a page. */
export const LIST_MEMBERS = ['items', 'data', 'entries', 'events', 'rows', 'checkpoints', 'images'] as const;
type ListMember = (typeof LIST_MEMBERS)[number];

/** Operations that answer with a page of a list. */
export type ListOperation = {
  [Key in RequestOperation]: [Item<Key>] extends [never] ? never : Key;
}[RequestOperation];

/** An entry of the journal. */
export type JournalEntry = Item<'GET /api/v1/journal'>;
