import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Maximize, Minimize, Pause, Play, SlidersHorizontal } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button, IconButton } from '@/ui/button';
import { Select } from '@/ui/field';
import { useDocumentTitle } from '@/ui/use-document-title';
import { RANGES } from './api';
import { Live, useLooked } from './live';
import { OverviewBoard } from './overview-board';
import { SystemBoard } from './system-board';
import { ThresholdsDialog } from './thresholds-dialog';
import { UsageBoard } from './usage-board';
import { tm } from './words';

const TAB =
  'inline-flex h-9 shrink-0 items-center border-b-2 border-transparent px-1 text-fg-2 transition-colors hover:text-fg aria-[current=page]:border-accent aria-[current=page]:text-fg aria-[current=page]:font-medium';

/** The frame of all boards: which time, live or paused, full screen, thresholds. */
export function MonitorPage() {
  const { board } = useParams({ from: '/app/monitor/$board' });
  const frame = useRef<HTMLDivElement>(null);
  const [live, setLive] = useState(true);
  const [editing, setEditing] = useState(false);
  const { range } = useLooked();
  const navigate = useNavigate();
  const system = usePermission('system.read');
  const mayWrite = usePermission('monitor.write');
  useDocumentTitle(tm('nav.monitor'));
  const tabs = [
    { board: 'overview', name: tm('monitor.overview') },
    { board: 'usage', name: tm('monitor.usage') },
    ...(system ? [{ board: 'system', name: tm('monitor.system') }] : []),
  ];
  return (
    <div ref={frame} className="scroll-thin h-full overflow-y-auto bg-bg">
      <div className="mx-auto w-full max-w-[1240px] px-4 pt-5 pb-16 md:px-8 md:pt-8">
        <header className="flex flex-wrap items-center gap-x-4 gap-y-3">
          <h1 className="text-20 font-semibold tracking-[-0.01em]">{tm('nav.monitor')}</h1>
          <div className="ms-auto flex flex-wrap items-center gap-2">
            <Select
              aria-label={tm('monitor.range')}
              className="w-auto!"
              value={range}
              onChange={(event) => void navigate({ to: '.', search: { range: event.target.value }, replace: true })}
            >
              {RANGES.map((one) => (
                <option key={one} value={one}>
                  {tm(`range.${one}`)}
                </option>
              ))}
            </Select>
            <Button onClick={() => setLive(!live)} aria-label={tm(live ? 'live.pause' : 'live.go')} title={tm(live ? 'live.pause' : 'live.go')}>
              {live ? <Pause size={14} /> : <Play size={14} />}
              {tm(live ? 'live.on' : 'live.off')}
            </Button>
            {mayWrite && (
              <IconButton label={tm('limits.edit')} onClick={() => setEditing(true)}>
                <SlidersHorizontal size={16} />
              </IconButton>
            )}
            <FullScreen frame={frame} />
          </div>
        </header>
        <nav aria-label={tm('monitor.boards')} className="scroll-thin mt-3 mb-5 flex gap-4 overflow-x-auto border-b border-line">
          {tabs.map(({ board, name }) => (
            <Link key={board} to="/monitor/$board" params={{ board }} search={{ range }} activeOptions={{ includeSearch: false }} className={TAB}>
              {name}
            </Link>
          ))}
        </nav>
        <Live value={live}>
          {board === 'usage' ? <UsageBoard /> : board === 'system' ? <SystemBoard /> : <OverviewBoard />}
        </Live>
        {editing && <ThresholdsDialog onClose={() => setEditing(false)} />}
      </div>
    </div>
  );
}

/** Shows the boards alone, where the browser can. */
function FullScreen({ frame }: { frame: RefObject<HTMLDivElement | null> }) {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);
  if (!document.fullscreenEnabled) return null;
  // A browser that refuses leaves the page as it is.
  const toggle = () => void (full ? document.exitFullscreen() : frame.current?.requestFullscreen())?.catch(() => {});
  return (
    <IconButton label={tm(full ? 'full.leave' : 'full.enter')} onClick={toggle}>
      {full ? <Minimize size={16} /> : <Maximize size={16} />}
    </IconButton>
  );
}
