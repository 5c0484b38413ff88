const MAX_DEPTH = 8;
/** No name that a shell, an editor or a browser reads as something else, and none that begins with a dot. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+@ -]{0,99}$/;

/** Whether a file may stand beside a SKILL.md by this path: relative, without dots, of few names. */
export function isSkillPath(path: string): boolean {
  const names = path.split('/');
  if (path.length > 200 || names.length > MAX_DEPTH || path.toLowerCase() === 'skill.md') return false;
  return names.every((name) => NAME.test(name) && !/[. ]$/.test(name));
}

/** Whether files of these paths can stand side by side, also where names in other cases are the same. */
export function isTree(paths: readonly string[]): boolean {
  const files = new Set(paths.map((path) => path.toLowerCase()));
  if (files.size !== paths.length) return false;
  return [...files].every((path) => {
    const names = path.split('/');
    return names.every((_name, index) => index === 0 || !files.has(names.slice(0, index).join('/')));
  });
}
