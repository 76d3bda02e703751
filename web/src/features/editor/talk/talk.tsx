import { RotateCcw } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { asApiError } from '@/api/errors';
import type { Citation } from '@/api/types';
import { Composer } from '@/features/chat/composer';
import { readDraft, writeDraft } from '@/features/chat/drafts';
import { useStickToEnd } from '@/features/chat/use-stick-to-end';
import { t as tc } from '@/features/chat/words';
import { begin, collect } from '@/features/forms/fields';
import { cancelRun, type Run } from '@/features/runs/api';
import { said } from '@/features/said/said';
import { withWords } from '@/i18n';
import { Button } from '@/ui/button';
import { toast } from '@/ui/toast';
import { runDraft } from '../later-api';
import { askedOf } from '../run-form';
import type { Editor } from '../store';
import { Besides, sumOf } from './beside';
import { changeTalk, startOver, takeTurn, talkOf, useTalk } from './store';
import { TurnView, type Wish } from './turn-view';
import { changed, historyOf, isDone, keptAfter, questionField, remembered, type Talk, type Turn, type Values, variableFields, without } from './turns';
import { tt } from './words';

const SourcePanel = lazy(withWords(() => import('@/features/chat/source-panel')));

const NO_INPUTS: Values = {};

interface TalkViewProps {
  /** Under which name the conversation is kept. */
  name: string;
  flow: string;
  draft: Editor;
  /** The run that is drawn. */
  run: string | null;
  /** What leads back to single runs. */
  ways: ReactNode;
  /** Tells once when the flow was to be run. */
  hear: () => boolean;
  /** Whether what is typed is then sent as it stands. */
  now: boolean;
  /** Brings this into view. */
  onNeeded: () => void;
  onRun: (run: Run) => void;
  onDraw: (run: string) => void;
}

/** What stands in the forms beside a question, and what it comes to. */
function useForms(draft: Editor, talk: Talk) {
  const doc = useSyncExternalStore(draft.subscribe, () => draft.doc);
  const kept = useMemo(() => keptAfter(talk.turns), [talk.turns]);
  const question = questionField(doc.inputs);
  const inputs = useMemo(() => askedOf(doc.inputs?.filter(({ name }) => name !== question), NO_INPUTS), [doc.inputs, question]);
  const variables = useMemo(() => variableFields(doc.variables, kept), [doc.variables, kept]);
  const given = { ...begin(inputs), ...talk.inputs };
  const held = { ...begin(variables), ...talk.edited };
  const read = collect(inputs, given);
  const { wrong } = remembered(doc.variables, kept, talk.edited);
  return { kept, question, inputs, given, read, variables, held, wrong };
}

/** A conversation with the draft before anybody else has it: every question runs it as it then stands. */
export default function TalkView({ name, flow, draft, run, ways, hear, now, onNeeded, onRun, onDraw }: TalkViewProps) {
  const talk = useTalk(name);
  const { turns, edited } = talk;
  const { kept, question, inputs, given, read, variables, held, wrong } = useForms(draft, talk);
  const [source, setSource] = useState<{ citation: Citation; answer: string } | null>(null);
  const [typed, setTyped] = useState(0);
  const box = useRef<HTMLElement>(null);
  const last = turns.at(-1);
  const going = last && !isDone(last) ? last : null;
  const lacking = Object.keys(read.wrong).length > 0 || Object.keys(wrong).length > 0;
  const mayAsk = question !== null && going === null && !lacking;
  const { scroller, end, stick } = useStickToEnd(last && String(last.id));

  const ask = async (text: string, before: Turn[], from: Values) => {
    if (question === null) return;
    stick();
    // What is remembered is read where the draft stands now, as the run is.
    const { values } = remembered(draft.doc.variables, from, talkOf(name).edited);
    const turn: Turn = { id: Date.now(), question: text, before: values, run: null, status: 'queued', text: '', citations: [], error: null, after: null, took: null };
    changeTalk(name, (now) => ({ ...now, turns: before }));
    const started = await takeTurn(name, turn, () => runDraft(flow, draft.doc, { ...read.values, [question]: text }, { history: historyOf(before), variables: values }));
    if (started) onRun(started);
  };
  const wish = (wished: Wish) => {
    if (wished.kind === 'open') setSource(wished);
    else if (wished.kind === 'draw') onDraw(wished.turn.run ?? '');
    else {
      const rest = without(turns, wished.turn);
      void ask(wished.turn.question, rest.turns, rest.kept);
    }
  };
  // Turns that did not change are not drawn again, whatever happens around them.
  const newest = useRef(wish);
  newest.current = wish;
  const onWish = useCallback((wished: Wish) => newest.current(wished), []);

  const start = () => {
    const text = readDraft(name).trim();
    if (!now || !text || !mayAsk) {
      onNeeded();
      box.current?.querySelector('textarea')?.focus();
      return;
    }
    writeDraft(name, '');
    setTyped((count) => count + 1);
    void ask(text, turns, kept);
  };
  useEffect(() => {
    // What was hidden can take the focus once it is shown.
    if (hear()) requestAnimationFrame(start);
  });

  return (
    <section ref={box} aria-label={tt('talk.label')} data-testid="talk" className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-1 border-b border-line px-3 py-1">
        {ways}
        {turns.length > 0 && (
          <Button size="sm" kind="ghost" className="ms-auto" disabled={going !== null && going.run === null} onClick={() => startOver(name)}>
            <RotateCcw size={13} />
            {tt('talk.startOver')}
          </Button>
        )}
      </div>
      <div
        ref={scroller}
        role="log"
        aria-label={tt('talk.log')}
        aria-busy={going !== null}
        // What is scrolled must be reached by keys, too.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="scroll-thin min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2"
      >
        <div className="flex flex-col gap-5 p-3">
          {turns.length === 0 && <p className="text-fg-2">{tt('talk.empty')}</p>}
          {turns.map((turn) => (
            <TurnView
              key={turn.id}
              turn={turn}
              isLast={turn === last}
              drawn={turn.run !== null && turn.run === run}
              mayAsk={mayAsk}
              active={source?.citation.chunk_id ?? null}
              onWish={onWish}
            />
          ))}
          <div ref={end} />
        </div>
      </div>
      <p className="sr-only" role="status">
        {going ? tc('chat.writing') : last?.status === 'failed' ? tt('talk.failed') : last ? tc('chat.written') : ''}
      </p>
      {/* What was looked at beside a question is folded once it is asked. */}
      <Besides key={last?.id ?? 0}>
        {[
          {
            title: tt('talk.variables'),
            sum: sumOf(variables, held),
            isChanged: Object.keys(edited).length > 0,
            hint: tt('talk.variables.text'),
            fields: variables,
            typed: held,
            wrong,
            onChange: (next) => changeTalk(name, (now) => ({ ...now, edited: changed(variables, next) })),
          },
          {
            title: tt('talk.inputs'),
            sum: sumOf(inputs, given),
            fields: inputs,
            typed: given,
            wrong: read.wrong,
            onChange: (next) => changeTalk(name, (now) => ({ ...now, inputs: changed(inputs, next) })),
          },
        ]}
      </Besides>
      <div className="border-t border-line p-2">
        {question === null ? (
          <p className="p-1 text-fg-2">{tt('talk.noQuestion')}</p>
        ) : (
          <Composer
            key={`${name} ${typed}`}
            draftKey={name}
            busy={lacking || (going !== null && going.run === null)}
            running={going !== null && going.run !== null}
            onSend={(text) => void ask(text, turns, kept)}
            onStop={() => void cancelRun(going?.run ?? '').catch((error: unknown) => toast.error(said(asApiError(error).message)))}
          />
        )}
      </div>
      {source && (
        <div className="fixed inset-y-0 end-0 z-30 flex border-line lg:border-s">
          <Suspense>
            <SourcePanel key={source.citation.chunk_id} citation={source.citation} answer={source.answer} onClose={() => setSource(null)} />
          </Suspense>
        </div>
      )}
    </section>
  );
}
