import type { NotificationPreferences } from '../inbox/notification-preferences.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** What clocks of a zone show, as if it were UTC. */
function wallClock(at: Date, zone: string): Date {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  } as const).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)!.value);
  return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')));
}

/** When clocks of a zone show this; where they skip it, as if they had not been moved yet. */
function instantOf(wall: number, zone: string): Date {
  const offsetAt = (ms: number) => wallClock(new Date(ms), zone).getTime() - ms;
  const guess = wall - offsetAt(wall);
  return new Date(wall - offsetAt(guess));
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours! * 60 + minutes!;
}

/** Midnight before what the clocks show. */
function dayOf(wall: Date): number {
  return Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
}

/** When the quiet hours that hold at a moment end; null: none hold. */
export function quietUntil(quiet: NotificationPreferences['quiet_hours'], now: Date): Date | null {
  if (quiet === null) return null;
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const today = dayOf(wallClock(now, quiet.time_zone));
  for (const day of [today - DAY_MS, today]) {
    // Sunday is 0 to the calendar and 7 to people.
    if (!quiet.days.includes(new Date(day).getUTCDay() || 7)) continue;
    const begin = instantOf(day + from * MINUTE_MS, quiet.time_zone);
    const end = instantOf((to < from ? day + DAY_MS : day) + to * MINUTE_MS, quiet.time_zone);
    if (begin <= now && now < end) return end;
  }
  return null;
}

/** When what is gathered at a moment is told. */
export function digestAt(digest: NonNullable<NotificationPreferences['digest']>, now: Date): Date {
  const wall = wallClock(now, digest.time_zone);
  if (digest.every === 'hour') {
    const intoHour = (wall.getUTCMinutes() * 60 + wall.getUTCSeconds()) * 1_000 + (now.getTime() % 1_000);
    return new Date(now.getTime() + 60 * MINUTE_MS - intoHour);
  }
  const today = dayOf(wall);
  const at = minutesOf(digest.at) * MINUTE_MS;
  const first = instantOf(today + at, digest.time_zone);
  return first > now ? first : instantOf(today + DAY_MS + at, digest.time_zone);
}
