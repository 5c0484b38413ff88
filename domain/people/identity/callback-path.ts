/** Where a browser goes after signing in or out when nothing, or nothing of ours, is named. */
const HOME = '/';
const MAX_LENGTH = 2_048;

/**
 * The path of this instance that a callback names, by itself or as an address of `origin`; the home page for every
 * other one. Read by the rules that browsers follow, so that `//evil`, `/\evil` and tabs in between lead nowhere else.
 */
export function callbackPath(callback: string | undefined, origin: string): string {
  if (callback === undefined || callback.length > MAX_LENGTH) return HOME;
  if (!URL.canParse(callback, origin)) return HOME;
  const target = new URL(callback, origin);
  if (target.origin !== new URL(origin).origin || target.username !== '' || target.password !== '') return HOME;
  const path = `${target.pathname}${target.search}${target.hash}`;
  // A path that begins with two slashes is another host's address to whoever resolves it once more.
  return path.startsWith('//') ? HOME : path;
}
