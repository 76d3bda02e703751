import { asApiError } from '@/api/errors';
import type { Document } from '@/api/types';
import { observed, type Pace, paceOf, type Sample } from './pace';

export interface DocumentsPage {
  items: Document[];
  next?: string | null | undefined;
}

export interface Source {
  readPage: (after: string | undefined) => Promise<DocumentsPage>;
  readOne: (id: string) => Promise<Document>;
}

export interface Listed {
  /** Newest first. */
  documents: readonly Document[];
  /** Whether all pages have been read. */
  complete: boolean;
  error: Error | null;
}

const SETTLED = new Set<Document['status']>(['ready', 'failed', 'needs_ocr', 'cancelled']);

export function isUnfinished(document: Document): boolean {
  return !SETTLED.has(document.status);
}

export function hasFailed(document: Document): boolean {
  return document.status === 'failed' || document.status === 'needs_ocr';
}

const STAGES: Partial<Record<Document['status'], string>> = { parsing: 'parse', chunking: 'chunk', embedding: 'embed', indexing: 'index' };

/** The stage that is being worked on, when it is known how much there is of it. One thing is no measure. */
export function stageAtWork({ stages, status }: Document) {
  const stage = stages.find(({ name }) => name === STAGES[status]);
  return typeof stage?.total === 'number' && stage.total > 1 ? { ...stage, total: stage.total } : undefined;
}

/** How many documents are asked for one by one; of more, whole pages are read. */
const ONE_BY_ONE = 8;

/**
 * All documents of a knowledge base, read page by page, and those that are being read looked at
 * again and again. With thousands of them one look reads one page, so the server is asked no more
 * often than with ten.
 */
export class DocumentList {
  private readonly found = new Map<string, Document>();
  private readonly samples = new Map<string, { stage: string; seen: Sample[] }>();
  private pages: { after: string | undefined; ids: string[] }[] = [];
  private listeners = new Set<() => void>();
  private shown: Listed = { documents: [], complete: false, error: null };
  private loading: Promise<void> | null = null;
  private turn = 0;

  constructor(
    private readonly source: Source,
    private readonly now: () => number = Date.now,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): Listed => this.shown;

  /** Reads everything; a second call while it goes on waits for the first. */
  load(): Promise<void> {
    this.loading ??= this.readAll().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  private async readAll(): Promise<void> {
    const before = new Set(this.found.keys());
    const pages: typeof this.pages = [];
    let after: string | undefined;
    try {
      do {
        const page = await this.source.readPage(after);
        pages.push({ after, ids: page.items.map(({ id }) => id) });
        for (const document of page.items) {
          this.note(document);
          before.delete(document.id);
        }
        after = page.next ?? undefined;
        this.tell({ error: null });
      } while (after);
      // What was there before and is on no page is gone; what came meanwhile stays.
      for (const id of before) this.found.delete(id);
      this.pages = pages;
      this.tell({ complete: true });
    } catch (error) {
      this.tell({ error: asApiError(error) });
    }
  }

  /** Looks again at what is being read. Tells whether there was anything to look at. */
  async look(): Promise<boolean> {
    const unfinished = this.shown.documents.filter(isUnfinished);
    if (unfinished.length === 0) return false;
    const atWork = unfinished.filter(({ status }) => status !== 'queued');
    const few = (unfinished.length <= ONE_BY_ONE ? unfinished : atWork).slice(0, ONE_BY_ONE);
    await Promise.all([...few.map(({ id }) => this.lookAt(id)), unfinished.length > few.length ? this.lookAtPage() : null]);
    this.tell({});
    return true;
  }

  private async lookAt(id: string): Promise<void> {
    try {
      this.note(await this.source.readOne(id));
    } catch (error) {
      if (asApiError(error).status === 404) this.found.delete(id);
    }
  }

  /** Reads the next page, in turn, that has something unfinished. */
  private async lookAtPage(): Promise<void> {
    const waits = (id: string) => {
      const document = this.found.get(id);
      return document !== undefined && isUnfinished(document);
    };
    const due = this.pages.filter(({ ids }) => ids.some(waits));
    // What was added since the pages were read is before the first of them.
    const page = due[this.turn++ % Math.max(1, due.length)];
    try {
      const { items } = await this.source.readPage(page?.after);
      for (const document of items) this.note(document);
    } catch {
      // The next look tells; what is shown stays as it was.
    }
  }

  /** Documents that were added, or are otherwise now. */
  put(documents: readonly Document[]): void {
    for (const document of documents) this.note(document);
    this.tell({});
  }

  drop(ids: Iterable<string>): void {
    for (const id of ids) this.found.delete(id);
    this.tell({});
  }

  /** How fast the stage goes that a document is in. */
  paceOf(document: Document): Pace | null {
    const stage = stageAtWork(document);
    const known = this.samples.get(document.id);
    return stage && known?.stage === stage.name ? paceOf(known.seen, stage.total) : null;
  }

  private note(document: Document): void {
    const known = this.found.get(document.id);
    // Two answers may overtake each other.
    if (known && known.updated_at > document.updated_at) return;
    this.found.set(document.id, document);
    const stage = isUnfinished(document) ? stageAtWork(document) : undefined;
    if (!stage) {
      this.samples.delete(document.id);
      return;
    }
    const seen = this.samples.get(document.id);
    this.samples.set(document.id, {
      stage: stage.name,
      seen: observed(seen?.stage === stage.name ? seen.seen : [], { at: this.now(), done: stage.done }),
    });
  }

  private tell(change: Partial<Listed>): void {
    const documents = [...this.found.values()].toSorted((one, other) => (one.id < other.id ? 1 : -1));
    this.shown = { ...this.shown, ...change, documents };
    for (const listener of this.listeners) listener();
  }
}
