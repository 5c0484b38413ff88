import { expect, test } from 'vitest';
import type { Identity } from '../../../db/people/identity/find-identity.ts';
import { createChatSubscriptions } from './chat-subscriptions.ts';
import type { FoundChat } from './socket-chats.ts';

const [ONE, TWO] = ['session:one', 'session:two'];
const EVENTS = 100;
const identity = { user_id: 'somebody' } as Identity;

/** A socket that takes `room` frames until it is drained, and chats that have events waiting. */
function openSocket(room: number) {
  const received: string[] = [];
  const follows = new Map<string, { isOver: boolean }>();
  let left = room;
  const subscriptions = createChatSubscriptions({
    chats: {
      find: async (_identity, chatId): Promise<FoundChat> => ({ workspaceId: 'w', chatId, newest: EVENTS }),
      mayFollow: () => false,
      async follow({ chatId }, { sink }) {
        const follow = { isOver: false };
        follows.set(chatId, follow);
        await sink.send(Array.from({ length: EVENTS }, (_, index) => ({ chatId, seq: index + 1 })));
        follow.isOver = true;
        return 'gone';
      },
      send: async () => ({}),
      cancel: async () => ({}),
    },
    socket: {
      isFull: () => left <= 0,
      sendText(text) {
        left -= 1;
        received.push(text);
      },
      send() {},
    },
  });
  return {
    subscriptions,
    received,
    follows,
    async drain() {
      left = room;
      subscriptions.drain();
      await settled();
    },
  };
}

/** Once everything that waits for nothing else has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('chats that are followed on one socket all go on each time it takes frames again', async () => {
  const socket = openSocket(7);
  await socket.subscriptions.add(identity, ONE, 0);
  await socket.subscriptions.add(identity, TWO, 0);
  await settled();
  for (let drains = 0; drains < 2 * EVENTS && socket.received.length < 2 * EVENTS; drains += 1) await socket.drain();
  expect(socket.received).toHaveLength(2 * EVENTS);
  expect(socket.follows).toEqual(new Map(['one', 'two'].map((id) => [id, { isOver: true }])));
});

test('one that waits for a full socket ends with its subscription', async () => {
  for (const end of ['remove', 'recheck', 'clear'] as const) {
    const { subscriptions, follows } = openSocket(1);
    await subscriptions.add(identity, ONE, 0);
    await subscriptions.add(identity, TWO, 0);
    await settled();
    if (end === 'remove') {
      expect(subscriptions.remove(ONE)).toBe(true);
      await settled();
      expect([follows.get('one'), follows.get('two')]).toEqual([{ isOver: true }, { isOver: false }]);
      expect(subscriptions.remove(TWO)).toBe(true);
    } else if (end === 'recheck') subscriptions.recheck(identity);
    else subscriptions.clear();
    await settled();
    expect([...follows.values()], end).toEqual([{ isOver: true }, { isOver: true }]);
  }
});
