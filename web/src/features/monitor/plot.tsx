import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Line } from './chart';
import { lonely } from './lonely';
import { formatTick } from './say';

interface PlotProps {
  at: number[];
  lines: Line[];
  limit?: { value: number; color: string } | undefined;
  /** The values of the axis, said alike. */
  axis: (values: number[]) => string[];
  whole: boolean;
  theme: string;
  /** Which step is under the pointer; null when none is. */
  onPoint: (index: number | null) => void;
}

const HEIGHT = 168;
const FONT = '11px "Geist Mono Variable", ui-monospace, monospace';

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function data(at: number[], lines: Line[], limit: PlotProps['limit']): uPlot.AlignedData {
  const columns = lines.map((line) => line.values);
  if (limit) columns.push(at.map(() => limit.value));
  return [at.map((ms) => ms / 1000), ...columns];
}

function options(width: number, { at, lines, limit, axis: say, whole, onPoint }: PlotProps): uPlot.Options {
  const axis = { stroke: token('--text-3'), font: FONT, ticks: { show: false }, grid: { stroke: token('--line'), width: 1 } };
  const length = (at.at(-1) ?? 0) - (at[0] ?? 0);
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
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'monitor' }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 64, values: (_plot, splits) => splits.map((second) => formatTick(second * 1000, length)) },
      { ...axis, size: 62, space: 36, values: (_plot, splits) => say(splits).map((text, index) => (splits[index] === 0 ? '0' : whole && (splits[index] ?? 0) % 1 !== 0 ? '' : text)) },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
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
    const made = new uPlot(options(host.clientWidth, { ...now, axis, onPoint }), data(now.at, now.lines, now.limit), host);
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
    plot.current?.setData(data(at, lines, limit));
  }, [at, lines, limit]);
  return <div ref={box} dir="ltr" aria-hidden="true" style={{ height: HEIGHT }} />;
}
