import { describe, expect, it } from 'vitest';
import { growth, LINEAR } from '@/testing/growth';
import { between, formatMs } from './measure';
import { blamed, failedPaths, matching } from './find-steps';
import { ticksOf, timeLine, union } from './timeline';
import { ancestors, buildTree, countNodes, findNode, rowsOf, type TraceStep } from './tree';
import { formatCost } from '@/i18n/format';

function step(path: string, start: number, end: number | null = start + 10, status: TraceStep['status'] = 'done'): TraceStep {
  return { id: `stp_${path}`, path, node: path, kind: 'template', status, start, end, record: null };
}

describe('the tree of a run', () => {
  it('names what a path lies in', () => {
    expect(ancestors('say')).toEqual([]);
    expect(ancestors('each1[3]/summarise')).toEqual(['each1', 'each1[3]']);
    expect(ancestors('outer[0]/inner[2]/cell')).toEqual(['outer', 'outer[0]', 'outer[0]/inner', 'outer[0]/inner[2]']);
    expect(ancestors('research/summarise')).toEqual(['research']);
    expect(ancestors('research[0]/library#0')).toEqual(['research', 'research[0]']);
  });

  it('puts steps below their rounds, rounds by number and steps by time', () => {
    const tree = buildTree([
      step('each1[10]/b', 30),
      step('each1[2]/b', 40),
      step('each1[2]/a', 35),
      step('each1', 20, 60),
      step('start', 1),
    ]);
    const rows = rowsOf(tree, () => true).map(({ node, depth }) => `${depth} ${node.path}`);
    expect(rows).toEqual([
      '0 start',
      '0 each1',
      '1 each1[2]',
      '2 each1[2]/a',
      '2 each1[2]/b',
      '1 each1[10]',
      '2 each1[10]/b',
    ]);
    expect(countNodes(tree)).toBe(7);
    const round = findNode(tree, 'each1[2]');
    expect([round?.round, round?.start, round?.end]).toEqual([2, 35, 50]);
  });

  it('finds one step among nodes with the same beginning', () => {
    const tree = buildTree([step('a', 1), step('ab', 2), step('ab[1]/c', 3)]);
    expect(findNode(tree, 'ab[1]/c')?.step?.start).toBe(3);
    expect(findNode(tree, 'abc')).toBeNull();
  });

  it('shows a container whose own step is not known, and what failed in it', () => {
    const tree = buildTree([step('agent[0]/search#0', 5, 9, 'failed'), step('agent[0]/model', 3)]);
    expect(tree[0]).toMatchObject({ path: 'agent', start: 3, end: null, failed: true });
    const closed = rowsOf(tree, () => false);
    expect(closed.map(({ node }) => node.path)).toEqual(['agent']);
  });

  it('takes ten thousand steps at once', () => {
    const many = (length: number) => Array.from({ length }, (_, index) => step(`each1[${index}]/cell`, index));
    expect(rowsOf(buildTree(many(10_000)), () => true)).toHaveLength(20_001);
    expect(growth((size) => rowsOf(buildTree(many(size)), () => true), 2_000)).toBeLessThan(LINEAR);
  });
});

describe('steps among many', () => {
  const failed = (path: string, start: number, message: string): TraceStep => ({
    ...step(path, start, start + 5, 'failed'),
    record: { error: { code: 'invalid', message } } as TraceStep['record'],
  });
  const steps = [
    step('start', 0),
    step('each1', 1, 60, 'failed'),
    step('each1[0]/search', 2),
    failed('each1[1]/search', 20, 'No such base.'),
    failed('each1[1]/other', 22, 'Too slow.'),
    step('reply', 70),
  ];

  it('are found by their names, what they are of and why they failed', () => {
    const paths = (text: string) => rowsOf(matching(buildTree(steps), text), () => true).map(({ node }) => node.path);
    expect(paths('SEARCH')).toEqual(['each1', 'each1[0]', 'each1[0]/search', 'each1[1]', 'each1[1]/search']);
    expect(paths('slow')).toEqual(['each1', 'each1[1]', 'each1[1]/other']);
    expect(paths('nothing')).toEqual([]);
    expect(paths(' ')).toHaveLength(8);
  });

  it('are led to where they failed, not where that was passed on', () => {
    expect(failedPaths(buildTree(steps))).toEqual(['each1[1]/search', 'each1[1]/other']);
    expect(failedPaths(buildTree([step('a', 1), step('b', 2, 3, 'failed')]))).toEqual(['b']);
  });

  it('are blamed for what the run says', () => {
    expect(blamed(steps, 'Too slow.')?.path).toBe('each1[1]/other');
    expect(blamed(steps, 'The round 1 of each1 failed: No such base.')?.path).toBe('each1[1]/search');
    expect(blamed(steps, 'Something else')?.path).toBe('each1[1]/other');
    expect(blamed([step('a', 1)], 'x')).toBeNull();
  });
});

describe('the timeline', () => {
  it('joins what overlaps', () => {
    expect(union([[5, 9], [0, 3], [2, 4], [9, 10]])).toEqual([[0, 4], [5, 10]]);
  });

  it('is linear while nobody waits', () => {
    const line = timeLine([[1000, 1500], [1500, 2000]]);
    expect([line.at(1000), line.at(1500), line.at(2000), line.busyMs]).toEqual([0, 0.5, 1, 1000]);
    expect([line.at(0), line.at(9000)]).toEqual([0, 1]);
  });

  it('folds a wait of days', () => {
    const day = 86_400_000;
    const line = timeLine([[0, 1000], [day, day + 1000]]);
    expect(line.busyMs).toBe(2100);
    expect(line.at(1000)).toBeCloseTo(0.476, 2);
    expect(line.at(day)).toBeCloseTo(0.524, 2);
    expect(line.at(day / 2)).toBeCloseTo(0.5, 1);
  });

  it('is marked at round times, and says what went by in a fold', () => {
    const marks = (line: ReturnType<typeof timeLine>) => ticksOf(line, 5).map(({ place, after }) => [Number(place.toFixed(2)), Math.round(after)]);
    expect(marks(timeLine([[5000, 6000]]))).toEqual([[0, 0], [0.2, 200], [0.4, 400], [0.6, 600], [0.8, 800]]);
    const day = 86_400_000;
    expect(marks(timeLine([[0, 1000], [day, day + 1000]]))).toEqual([[0, 0], [0.24, 500], [0.48, 1000], [0.71, day + 400]]);
    expect(ticksOf(timeLine([]), 5)).toEqual([]);
  });

  it('has a place for everything when there is nothing', () => {
    expect(timeLine([]).at(5)).toBe(0);
    expect(timeLine([[7, 7]]).at(7)).toBe(0);
  });
});

describe('measures', () => {
  it('says durations in the two units that matter', () => {
    expect([0.2, 640, 1900, 59_960, 125_000, 3_600_000, 187_200_000].map(formatMs)).toEqual([
      '< 1 ms',
      '640 ms',
      '1.9 s',
      '1 min',
      '2 min 5 s',
      '1 h',
      '2 d 4 h',
    ]);
    expect(between('2026-01-01T00:00:00Z', null, Date.parse('2026-01-01T00:00:05Z'))).toBe(5000);
    expect(between(null, null, 0)).toBeNull();
  });

  it('says costs without hiding small ones', () => {
    expect([null, 0, 0.00001, 0.0029, 12.5].map(formatCost)).toEqual([null, '$0', '< $0.0001', '$0.0029', '$12.50']);
  });
});
