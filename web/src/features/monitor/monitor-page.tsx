import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { History, Maximize, Minimize, Pause, Play, SlidersHorizontal } from 'lucide-react';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { usePermission } from '@/features/session/api';
import { Button, IconButton } from '@/ui/button';
import { Select } from '@/ui/field';
import { useDocumentTitle } from '@/ui/use-document-title';
import { useChoose, useOver, useTime, Watched } from './live';
import { OverviewBoard } from './overview-board';
import { OwnTime } from './own-time';
import { SystemBoard } from './system-board';
import { ThresholdsDialog } from './thresholds-dialog';
import { isOwn, isRange, type Own, ownOf, type Range, RANGES } from './time';
import { UsageBoard } from './usage-board';
import { tm } from './words';

const TAB =
  'inline-flex h-9 shrink-0 items-center border-b-2 border-transparent px-1 text-fg-2 transition-colors hover:text-fg aria-[current=page]:border-accent aria-[current=page]:text-fg aria-[current=page]:font-medium';

const OWN = 'own';

/** The frame of all boards: which time, live or paused, full screen, thresholds. */
export function MonitorPage() {
  const { board } = useParams({ from: '/app/monitor/$board' });
  const frame = useRef<HTMLDivElement>(null);
  const [going, setGoing] = useState(true);
  const [editing, setEditing] = useState(false);
  const time = useTime();
  const past = useOver(time);
  const live = going && !past;
  const [asked, setAsked] = useState<Own | null>(null);
  // What was chosen on a chart instead is not asked for again when one goes back from there.
  if (isOwn(time) && asked) setAsked(null);
  const own = isOwn(time) ? time : asked;
  const [before, setBefore] = useState<Range>('1h');
  if (!isOwn(time) && time.range !== before) setBefore(time.range);
  const navigate = useNavigate();
  const choose = useChoose();
  const chooseRange = (range: string, replace: boolean) => {
    setAsked(null);
    void navigate({ to: '.', search: { range }, replace, resetScroll: false });
  };
  const system = usePermission('system.read');
  const mayWrite = usePermission('monitor.write');
  const watch = useMemo(() => ({ live, past }), [live, past]);
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
              value={own ? OWN : before}
              onChange={({ target: { value } }) => (isRange(value) ? chooseRange(value, true) : setAsked(ownOf(before, Date.now())))}
            >
              {RANGES.map((one) => (
                <option key={one} value={one}>
                  {tm(`range.${one}`)}
                </option>
              ))}
              <option value={OWN}>{tm('range.own')}</option>
            </Select>
            {past ? (
              <span className="inline-flex h-8 items-center gap-1.5 px-2 text-fg-2" title={tm('live.past.why')}>
                <History size={14} aria-hidden="true" />
                {tm('live.past')}
              </span>
            ) : (
              <Button onClick={() => setGoing(!live)} aria-label={tm(live ? 'live.pause' : 'live.go')} title={tm(live ? 'live.pause' : 'live.go')}>
                {live ? <Pause size={14} /> : <Play size={14} />}
                {tm(live ? 'live.on' : 'live.off')}
              </Button>
            )}
            {mayWrite && (
              <IconButton label={tm('limits.edit')} onClick={() => setEditing(true)}>
                <SlidersHorizontal size={16} />
              </IconButton>
            )}
            <FullScreen frame={frame} />
          </div>
        </header>
        {own && <OwnTime own={own} before={before} onChoose={choose} onBack={() => (isOwn(time) ? chooseRange(before, false) : setAsked(null))} />}
        <nav aria-label={tm('monitor.boards')} className="scroll-thin mt-3 mb-5 flex gap-4 overflow-x-auto border-b border-line">
          {tabs.map(({ board, name }) => (
            <Link key={board} to="/monitor/$board" params={{ board }} search={{ ...time }} activeOptions={{ includeSearch: false }} className={TAB}>
              {name}
            </Link>
          ))}
        </nav>
        <Watched value={watch}>
          {board === 'usage' ? <UsageBoard /> : board === 'system' ? <SystemBoard /> : <OverviewBoard />}
        </Watched>
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
