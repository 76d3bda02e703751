import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Line } from './chart';
import { lonely } from './lonely';
import { formatTick } from './say';

interface PlotProps {
  at: number[];
  step: number;
  lines: Line[];
  limit?: { value: number; color: string } | undefined;
  /** The values of the axis, said alike. */
  axis: (values: number[]) => string[];
  whole: boolean;
  theme: string;
  /** Which step is under the pointer; null when none is. */
  onPoint: (index: number | null) => void;
  /** From when to when was dragged, in milliseconds since 1970. */
  onStretch: (left: number, right: number) => void;
}

const HEIGHT = 168;
/** How far a mouse moves before that is a stretch and no click, in pixels. */
const LEAST_DRAG = 8;
const FONT = '11px "Geist Mono Variable", ui-monospace, monospace';

/** How what is dragged over looks; the plot's own sheet has a shade that dark themes swallow. */
const DRAGGED = '[&_.u-over]:cursor-crosshair [&_.u-select]:border-x [&_.u-select]:border-accent [&_.u-select]:bg-accent/15!';

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function data(at: number[], lines: Line[], limit: PlotProps['limit']): uPlot.AlignedData {
  const columns = lines.map((line) => line.values);
  if (limit) columns.push(at.map(() => limit.value));
  return [at.map((ms) => ms / 1000), ...columns];
}

function options(width: number, { at, step, lines, limit, axis: say, whole, onPoint, onStretch }: PlotProps): uPlot.Options {
  const axis = { stroke: token('--text-3'), font: FONT, ticks: { show: false }, grid: { stroke: token('--line'), width: 1 } };
  const length = Math.max((at.at(-1) ?? 0) - (at[0] ?? 0), step);
  const series: uPlot.Series[] = lines.map((line) => ({
    stroke: token(line.color),
    width: 1.5,
    spanGaps: false,
    points: { size: 5, fill: token(line.color), show: true, filter: (plot, index) => lonely(plot.data[index] ?? []) },
    ...(line.filled && { fill: `color-mix(in oklch, ${token(line.color)} 12%, transparent)` }),
  }));
  if (limit) series.push({ stroke: token(limit.color), width: 1, dash: [4, 4], points: { show: false } });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    // The last step's time is said in the middle below it.
    padding: [8, 28, 0, 0],
    cursor: {
      y: false,
      // Fingers scroll the page: a plot hears of them only when they tap.
      drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
      // The other charts follow the pointer; the stretch is told by the one that it is dragged on.
      sync: { key: 'monitor', filters: { pub: (type) => type !== 'mousedown' && type !== 'mouseup' } },
      points: { size: 6 },
    },
    scales: { x: { time: true, range: (_plot, least, most) => [least, at.length > 1 ? most : least + step / 1000] }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 64, values: (_plot, splits) => splits.map((second) => formatTick(second * 1000, length)) },
      { ...axis, size: 62, space: 36, values: (_plot, splits) => say(splits).map((text, index) => (splits[index] === 0 ? '0' : whole && (splits[index] ?? 0) % 1 !== 0 ? '' : text)) },
    ],
    series: [{}, ...series],
    hooks: {
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (width > 0) onStretch(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000);
        },
      ],
    },
  };
}

/** Lines on a canvas; what they say in words stands beside it. */
export default function Plot(props: PlotProps) {
  const { at, lines, limit, theme } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  // Another shape is another plot; the same shape takes new values in.
  const shape = `${theme} ${lines.map((line) => line.name).join(',')} ${limit ? 'limited' : ''} ${(at[1] ?? 0) - (at[0] ?? 0)} ${at.length}`;
  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    const now = latest.current;
    const axis = (values: number[]) => latest.current.axis(values);
    const onPoint = (index: number | null) => latest.current.onPoint(index);
    const onStretch = (left: number, right: number) => latest.current.onStretch(left, right);
    const made = new uPlot(options(host.clientWidth, { ...now, axis, onPoint, onStretch }), data(now.at, now.lines, now.limit), host);
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: HEIGHT }));
    sized.observe(host);
    return () => {
      sized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    // What is being dragged over must not move away below the pointer.
    if (plot.current && plot.current.select.width === 0) plot.current.setData(data(at, lines, limit));
  }, [at, lines, limit]);
  return <div ref={box} dir="ltr" aria-hidden="true" style={{ height: HEIGHT }} className={DRAGGED} />;
}
