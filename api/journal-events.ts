import { joinEvents } from '../domain/kernel/realtime/events-of-entry.ts';
import { features } from './features.ts';
import type { Feature } from './http/kernel/feature.ts';

/** What of the journal is heard on which channels, by the features whose entries these are. */
export const journalEvents = joinEvents(...features.flatMap(({ events }: Feature) => events ?? []));
