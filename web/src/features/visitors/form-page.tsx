import { type ReactNode, useMemo, useState } from 'react';
import { type AskedField, begin, collect, fromFormField, type Typed, type Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import { formatBytes } from '@/i18n/format';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Field } from '@/ui/field';
import { Notice } from '@/ui/problem';
import { Lost, Rich, Working } from './answer';
import { type Look, readRun, startRun, stopRun, type VisitorCitation, type VisitorRun } from './api';
import { Bar, Made, Start } from './frame';
import { useLive } from './live';
import { failureWords, isClosed, wordsOf } from './look';
import { Passage } from './passage';
import { ts } from './words';

/** The largest file a run carries; the server has the last word. */
const MOST = 3_000_000;

type File64 = { name: string; media_type: string; data: string };

interface FormPageProps {
  look: Look;
  onClosed: (problem: unknown) => void;
}

/** An input as visitors are asked for it. */
function asked(input: Look['inputs'][number]): AskedField {
  const field = fromFormField({ ...input, type: input.type ?? 'string', options: input.options, label: input.name.replaceAll('_', ' ') });
  field.help = input.description ?? '';
  return field;
}

/** A shared task flow: its form, and what came of it. */
export function FormPage({ look, onClosed }: FormPageProps) {
  const [run, setRun] = useState<VisitorRun | null>(null);
  const failed = (error: unknown): string | null => {
    if (!isClosed(error)) return wordsOf(error);
    onClosed(error);
    return null;
  };
  return (
    <div className="flex h-full flex-col">
      <Bar name={look.name} />
      <main className="scroll-thin min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex w-full max-w-[640px] flex-col gap-5 px-4 pt-6 pb-8">
          {run ? <Result run={run} cites={look.citations} failed={failed} onAgain={() => setRun(null)} /> : <TaskForm look={look} failed={failed} onRun={setRun} />}
        </div>
      </main>
      <Made />
    </div>
  );
}

interface TaskFormProps {
  look: Look;
  failed: (error: unknown) => string | null;
  onRun: (run: VisitorRun) => void;
}

function TaskForm({ look, failed, onRun }: TaskFormProps) {
  const fields = useMemo(
    () => look.inputs.filter(({ type }) => type !== 'file').map(asked),
    [look],
  );
  const [typed, setTyped] = useState<Typed>({});
  const [files, setFiles] = useState<Record<string, File64>>({});
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const filled = { ...begin(fields), ...typed };
  const send = async () => {
    const read = collect(fields, filled);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length > 0) return;
    setBusy(true);
    setProblem(null);
    try {
      onRun(await startRun({ ...read.values, ...files }));
    } catch (error) {
      setProblem(failed(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Start greeting={look.greeting} starters={[]} />
      <form
        aria-label={ts('shared.form')}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Fields fields={fields} typed={filled} wrong={wrong} onChange={setTyped} />
        {look.inputs
          .filter(({ type }) => type === 'file')
          .map(({ name, description, required }) => (
            <FileField key={name} name={name} help={description ?? ''} required={required ?? false} onFile={(file) => setFiles((before) => ({ ...before, [name]: file }))} />
          ))}
        {problem && (
          <Notice tone="bad">
            <p className="text-fg">{problem}</p>
          </Notice>
        )}
        <Button type="submit" kind="primary" size="lg" busy={busy} className="self-start">
          {ts('shared.send')}
        </Button>
      </form>
    </>
  );
}

interface FileFieldProps {
  name: string;
  help: string;
  required: boolean;
  onFile: (file: File64) => void;
}

function FileField({ name, help, required, onFile }: FileFieldProps) {
  const [wrong, setWrong] = useState<string | null>(null);
  const choose = (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST) {
      setWrong(ts('shared.file.big', { size: formatBytes(MOST) }));
      return;
    }
    const reader = new FileReader();
    reader.addEventListener('error', () => setWrong(ts('shared.file.gone')));
    reader.addEventListener('load', () => {
      setWrong(null);
      const [, data = ''] = String(reader.result).split(',');
      onFile({ name: file.name, media_type: file.type || 'application/octet-stream', data });
    });
    reader.readAsDataURL(file);
  };
  return (
    <Field label={name.replaceAll('_', ' ')} hint={help || undefined} error={wrong}>
      {(ids) => <input {...ids} type="file" required={required} className="text-13 file:me-3 file:h-8 file:rounded-md file:border file:border-line-strong file:bg-surface file:px-3 file:font-medium" onChange={(event) => choose(event.target.files?.[0])} />}
    </Field>
  );
}

interface ResultProps {
  run: VisitorRun;
  cites: boolean;
  failed: (error: unknown) => string | null;
  onAgain: () => void;
}

function Result({ run, cites, failed, onAgain }: ResultProps) {
  const [ended, setEnded] = useState<VisitorRun | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [passage, setPassage] = useState<VisitorCitation | null>(null);
  const live = useLive(run.id, '', (closed) => {
    if (!closed) readRun(run.id).then(setEnded, (error: unknown) => setProblem(failed(error)));
  });
  const text = ended?.reply ?? live?.text ?? '';
  const outputs = Object.entries(ended?.outputs ?? live?.outputs ?? {});
  const going = !live?.ended;
  const told = problem ?? live?.problem ?? (ended?.error ? failureWords(ended.error.code) : null);
  return (
    <section aria-label={ts('shared.result')} data-testid="result" data-status={ended?.status ?? 'running'} aria-busy={going} className="flex flex-col gap-4">
      <h2 className="text-16 font-semibold">{ts('shared.result')}</h2>
      {going && !text && <Working paused={live?.paused ?? false} />}
      {text && <Rich text={text} citations={ended?.citations ?? live?.citations ?? []} cites={cites} live={going} active={passage?.number ?? null} onOpen={setPassage} />}
      {going && <Lost live={live} />}
      {outputs.length > 0 && <Outputs>{outputs}</Outputs>}
      {ended?.status === 'cancelled' && <p className="text-12 text-fg-3">{ts('shared.stopped')}</p>}
      {ended?.status === 'succeeded' && !text && outputs.length === 0 && <p className="text-fg-2">{ts('shared.result.none')}</p>}
      {told && (
        <Notice tone="bad">
          <p className="text-fg">{told}</p>
        </Notice>
      )}
      <p role="status" className="sr-only">
        {going ? ts('shared.working') : ts('shared.written')}
      </p>
      <div className="flex gap-2">
        {going ? (
          <Button onClick={() => void stopRun(run.id).catch((error: unknown) => setProblem(failed(error)))}>{ts('shared.stop')}</Button>
        ) : (
          <Button onClick={onAgain}>{ts('shared.once')}</Button>
        )}
      </div>
      {passage && <Passage key={passage.number} citation={passage} onClose={() => setPassage(null)} />}
    </section>
  );
}

/** The values of a run, as inert text. */
function Outputs({ children }: { children: [string, unknown][] }): ReactNode {
  return (
    <dl className="flex flex-col gap-3">
      {children.map(([name, value]) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
        return (
          <div key={name}>
            <dt className="mb-1 flex items-center gap-1 text-12 font-medium text-fg-2">
              {name.replaceAll('_', ' ')}
              <CopyButton text={text} label={`${ts('action.copy')}: ${name}`} />
            </dt>
            <dd dir="auto" className="rounded-md border border-line bg-surface-2 px-3 py-2 text-14 break-words whitespace-pre-wrap">
              {text}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
