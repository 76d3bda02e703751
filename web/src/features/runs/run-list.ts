import type { Run, RunFilter } from './api';

export interface RunPage {
  items: Run[];
  next?: string | null | undefined;
}

/** What a list of runs has read: pages, each from where the one before ended. */
export interface RunPages {
  pages: RunPage[];
  pageParams: unknown[];
}

/** Whether a run stands before another one: the newest is first. */
const before = (one: Run, other: Run) => one.created_at > other.created_at || (one.created_at === other.created_at && one.id > other.id);

/**
 * The pages with what the first of them is now: new runs stand in front, known ones are as they are
 * now, and those that no longer fit are gone. Others than of the first page stay as they were read.
 * Where more runs came than one page has, the list begins anew, so that nothing is missing in it.
 */
export function reconcile(read: RunPages, head: RunPage): RunPages {
  const last = head.items.at(-1);
  const [newest] = read.pages.flatMap((page) => page.items);
  if (!head.next) return { pages: [head], pageParams: [undefined] };
  if (!last) return read;
  const missed = newest !== undefined && before(last, newest);
  const [first, ...others] = read.pages;
  if (!first || missed || (newest === undefined && others.length === 0)) return { pages: [head], pageParams: [undefined] };
  // What the first page covers is as it says; what it no longer covers is kept as it was.
  const pushed = first.items.filter((run) => before(last, run));
  const behind = (page: RunPage): RunPage => ({ ...page, items: page.items.filter((run) => before(last, run)) });
  const rest = others.map(behind);
  return { pages: [{ items: [...head.items, ...pushed], next: first.next }, ...rest], pageParams: read.pageParams };
}

/** Takes in runs that were asked for by themselves; those that the filter no longer fits go. */
export function updated(read: RunPages, runs: Run[], { status }: RunFilter): RunPages {
  if (runs.length === 0) return read;
  const now = new Map(runs.map((run) => [run.id, run]));
  const pages = read.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((run) => {
      const one = now.get(run.id) ?? run;
      return status && one.status !== status ? [] : [one];
    }),
  }));
  return { ...read, pages };
}

/** When a run of an id began: its first digits are the time. */
export function timeOf(id: string): number | null {
  const digits = /_([0-9a-f]{12})/.exec(id)?.[1];
  return digits ? Number.parseInt(digits, 16) : null;
}

/** How far back a list was read: to the beginning of its last page's next one; null when it was read to its end. */
export function readBackTo({ pages }: RunPages): number | null {
  const next = pages.at(-1)?.next;
  return next ? timeOf(next) : null;
}
