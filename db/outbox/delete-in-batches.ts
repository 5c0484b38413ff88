/**
 * Makes one deletion of all that is asked for while the one before is under way. Each caller's promise settles with the
 * deletion that its ids were part of.
 */
export function deleteInBatches(
  deleteAll: (ids: readonly number[]) => Promise<void>,
): (ids: readonly number[]) => Promise<void> {
  let gathering: { readonly ids: number[]; readonly done: Promise<void> } | undefined;
  let before: Promise<void> = Promise.resolve();

  return (ids) => {
    if (gathering === undefined) {
      const all: number[] = [];
      const done = before.then(() => {
        gathering = undefined;
        return deleteAll(all);
      });
      before = done.catch(() => {});
      gathering = { ids: all, done };
    }
    gathering.ids.push(...ids);
    return gathering.done;
  };
}
