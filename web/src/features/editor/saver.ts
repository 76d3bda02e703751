import { useSyncExternalStore } from 'react';
import { ApiError } from '@/api/errors';
import { call, client } from '@/api/client';
import type { Editor } from './store';
import { type FlowDoc, fromWire, toWire } from './model';

export type SaveState =
  | { as: 'saved' | 'changed' | 'saving' }
  | { as: 'failed'; error: unknown }
  /** Somebody else saved in the meantime: what both began from, what the other one has, and since when. */
  | { as: 'conflict'; base: FlowDoc; theirs: FlowDoc; version: number; since: string };

/** What the server says of a draft. */
interface Draft {
  document: Parameters<typeof fromWire>[0];
  version: number;
  updated_at: string;
}

/** Milliseconds of quiet before a change is saved. */
const QUIET = 700;
/** Milliseconds until a save that failed is tried again. */
const AGAIN = 5000;

/**
 * Keeps the draft on the server what it is here. One save at a time, each naming the version it was
 * made from, so that nothing of somebody else's is written over: then it stops and says so.
 */
export class Saver {
  state: SaveState = { as: 'saved' };
  private saved: FlowDoc;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private going: Promise<void> | null = null;
  private listeners = new Set<() => void>();

  constructor(
    private readonly slug: string,
    readonly editor: Editor,
    private version: number,
    /** Called with the flow as it was saved. */
    private readonly onSaved: (flow: unknown) => void,
  ) {
    this.saved = editor.doc;
  }

  /** Begins to watch the editor; what it gives ends the watch, and saves what is not saved yet. */
  open(): () => void {
    const stop = this.editor.subscribe(() => this.look());
    return () => {
      stop();
      void this.flush();
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private set(state: SaveState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }

  get dirty(): boolean {
    return this.editor.doc !== this.saved;
  }

  private look(): void {
    if (this.state.as === 'conflict') return;
    if (!this.dirty) {
      // What was changed was taken back before it was saved.
      clearTimeout(this.timer);
      if (this.state.as !== 'saving') this.set({ as: 'saved' });
      return;
    }
    if (this.state.as === 'saved') this.set({ as: 'changed' });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), QUIET);
  }

  /** Saves what is not saved yet; resolves when the server has it, or has refused it. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    while (this.going) await this.going;
    if (!this.dirty || this.state.as === 'conflict' || this.editor.readOnly) return;
    this.going = this.save().finally(() => {
      this.going = null;
    });
    await this.going;
  }

  private async save(): Promise<void> {
    const doc = this.editor.doc;
    this.set({ as: 'saving' });
    try {
      const flow = await call(
        client.PUT('/api/v1/flows/{flow}/draft', {
          params: { path: { flow: this.slug } },
          body: { document: toWire(doc), version: this.version },
        }),
      );
      this.version = flow.draft.version;
      this.saved = doc;
      this.set({ as: this.dirty ? 'changed' : 'saved' });
      this.onSaved(flow);
      if (this.dirty) this.look();
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) await this.meet();
      else this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.set({ as: 'failed', error });
    // What the server refuses is refused again; what it could not do may work later.
    const final = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
    if (!final) this.timer = setTimeout(() => void this.flush(), AGAIN);
  }

  private async meet(): Promise<void> {
    try {
      const { draft } = await call(client.GET('/api/v1/flows/{flow}', { params: { path: { flow: this.slug } } }));
      await this.clash(draft);
    } catch (error) {
      this.fail(error);
    }
  }

  private async clash({ document, version, updated_at: since }: Draft): Promise<void> {
    // Seldom needed, so it is fetched when it is.
    const { sameDocument } = await import('./merge');
    const theirs = fromWire(document);
    if (sameDocument(theirs, this.editor.doc)) {
      this.version = version;
      this.saved = this.editor.doc;
      this.set({ as: 'saved' });
      return;
    }
    this.set({ as: 'conflict', base: this.saved, theirs, version, since });
  }

  /**
   * Takes note of the draft as the server has it now. True when it was somebody else's, and took the
   * place of what is here; what is not saved yet stays, and the next save tells.
   */
  notice(draft: Draft): boolean {
    if (draft.version <= this.version || this.going || this.state.as === 'conflict') return false;
    if (this.dirty) {
      void this.clash(draft).catch((error: unknown) => this.fail(error));
      return false;
    }
    this.take(fromWire(draft.document), draft.version);
    return true;
  }

  private take(doc: FlowDoc, version: number): void {
    this.version = version;
    this.saved = doc;
    this.editor.load(doc);
    this.set({ as: 'saved' });
  }

  /** Ends a conflict with what the other one saved; what was here can be brought back. */
  takeTheirs(): void {
    if (this.state.as !== 'conflict') return;
    const { theirs, version } = this.state;
    this.version = version;
    this.saved = theirs;
    this.set({ as: 'saved' });
    this.editor.replace(theirs);
  }

  /** Ends a conflict with what both want; it is saved on top of what the other one saved. */
  takeBoth(merged: FlowDoc): void {
    if (this.state.as !== 'conflict') return;
    const { theirs, version } = this.state;
    this.version = version;
    this.saved = theirs;
    this.set({ as: 'changed' });
    this.editor.replace(merged);
    void this.flush();
  }
}

export const useSaving = (saver: Saver) => useSyncExternalStore(saver.subscribe, () => saver.state);
