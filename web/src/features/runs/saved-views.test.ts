import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_VIEWS, readViews, sameFilter, type View, withView, writeViews } from './saved-views';

const failed: View = { name: 'Failed', filter: { status: 'failed' } };

describe('views of the list of runs', () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    });
  });

  it('are kept per person and workspace', () => {
    writeViews('ada', 'ws', [failed]);
    expect(readViews('ada', 'ws')).toEqual([failed]);
    expect(readViews('grace', 'ws')).toEqual([]);
    expect(readViews('ada', 'other')).toEqual([]);
  });

  it('take the place of one of the same name, and are not kept without one', () => {
    const views = withView([failed], { name: ' Failed ', filter: { status: 'failed', flow: 'a' } });
    expect(views).toEqual([{ name: 'Failed', filter: { status: 'failed', flow: 'a' } }]);
    expect(withView(views, { name: '  ', filter: {} })).toBe(views);
  });

  it('keep who asked, and when as it was said', () => {
    const filter = { user: 'usr_1', from: '1d' };
    const [view] = withView([], { name: 'Hers', filter });
    expect(view?.filter).toEqual(filter);
    expect(sameFilter(view?.filter ?? {}, filter)).toBe(true);
  });

  it('stay few', () => {
    let views: View[] = [];
    for (let number = 0; number < 30; number += 1) views = withView(views, { name: `View ${number}`, filter: {} });
    expect(views).toHaveLength(MOST_VIEWS);
    expect(views.at(-1)?.name).toBe('View 29');
  });

  it('are nothing where something else is stored', () => {
    localStorage.setItem('headwater.views.ws.ada', '{"not": "views"');
    expect(readViews('ada', 'ws')).toEqual([]);
    localStorage.setItem('headwater.views.ws.ada', '[1, {"name": "x"}]');
    expect(readViews('ada', 'ws')).toEqual([]);
  });

  it('know which one is shown', () => {
    expect(sameFilter({ status: 'failed' }, { status: 'failed', flow: undefined })).toBe(true);
    expect(sameFilter({ status: 'failed' }, {})).toBe(false);
    expect(sameFilter({ from: '1d' }, { from: '1h' })).toBe(false);
  });
});
