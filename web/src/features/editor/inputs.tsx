import { useQuery } from '@tanstack/react-query';
import { Braces } from 'lucide-react';
import { type ComponentProps, Suspense, useContext, useId, useRef, useState } from 'react';
import { IconButton } from '@/ui/button';
import { Input, Select, Textarea } from '@/ui/field';
import { namesQuery } from './api';
import { FormContext } from './form-room';
import { findNode } from './graph';
import { CodeArea, ReferenceChips, ScopePopup } from './later';
import { namedIn } from './references';
import type { Shape } from './schema';
import { useEditor } from './store';
import { te } from './words';

type Ids = { id: string; 'aria-describedby'?: string | undefined; 'aria-invalid'?: true | undefined; disabled: boolean };
interface Held {
  value: unknown;
  onChange: (value: unknown) => void;
}

type NumberProps = Ids & Held & { shape: Extract<Shape, { as: 'number' }>; standard: unknown };

/** Half a number stays on the screen until it is one. */
export function NumberInput({ shape, standard, value, onChange, ...ids }: NumberProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const held = typeof value === 'number' ? String(value) : '';
  return (
    <Input
      {...ids}
      inputMode={shape.whole ? 'numeric' : 'decimal'}
      className="num"
      placeholder={typeof standard === 'number' ? String(standard) : undefined}
      value={typed ?? held}
      onChange={(event) => {
        const text = event.target.value;
        setTyped(text);
        const number = Number(text);
        if (text.trim() === '') onChange(undefined);
        else if (Number.isFinite(number) && (!shape.whole || Number.isInteger(number))) onChange(number);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

/** A text that names something of the workspace: what there is can be chosen, anything can be typed. */
export function NameInput({ what, value, onChange, required, ...ids }: Ids & Held & { what: string; required: boolean }) {
  const { data } = useQuery(namesQuery(what));
  const list = useId();
  const held = typeof value === 'string' ? value : '';
  if (what !== 'model' && data && (held === '' || data.includes(held))) {
    return (
      <Select {...ids} value={held} onChange={(event) => onChange(event.target.value || (required ? '' : undefined))}>
        <option value="">{data.length > 0 ? te('form.choose') : te('form.nothing')}</option>
        {data.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
    );
  }
  return (
    <>
      <Input
        {...ids}
        list={list}
        spellCheck={false}
        autoComplete="off"
        placeholder={what === 'model' ? 'default' : undefined}
        value={held}
        onChange={(event) => onChange(event.target.value || (required ? '' : undefined))}
      />
      <datalist id={list}>
        {data?.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

type TextProps = Ids & Held & { label: string; path: string; shape: Extract<Shape, { as: 'text' }>; required: boolean };

export function TextInput({ label, path, shape, value, required, onChange, ...ids }: TextProps) {
  const held = typeof value === 'string' ? value : '';
  const put = (text: string) => onChange(text === '' && !required ? undefined : text);
  if (shape.template) return <TemplateInput {...ids} path={path} text={held} onText={put} />;
  if (!shape.long) return <Input {...ids} value={held} spellCheck={false} onChange={(event) => put(event.target.value)} />;
  if (path === 'code') return <Program {...ids} label={label} text={held} onText={put} />;
  return <LongText {...ids} rows={3} value={held} onText={put} />;
}

/** The program of a node, in the language that stands beside it. */
function Program(props: Omit<CodeProps, 'language'>) {
  const { node } = useContext(FormContext);
  const language = useEditor((state) => (node === null ? null : findNode(state.history.present, node)?.settings?.language));
  return <CodeText {...props} language={language === 'python' ? 'python' : 'javascript'} />;
}

type CodeProps = ComponentProps<typeof CodeArea>;

/** A text with an editor of its own; until that is here, it is written like any other. */
function CodeText(props: CodeProps) {
  const { label: _, language, text, ...ids } = props;
  return (
    <Suspense fallback={<LongText {...ids} rows={language === 'json' ? 2 : 8} spellCheck={false} className="font-mono text-12" value={text} />}>
      <CodeArea {...props} />
    </Suspense>
  );
}

type LongProps = Omit<ComponentProps<'textarea'>, 'onChange'> & { onText: (text: string) => void };

/** Grows with what is in it. */
function LongText({ onText, className, ...rest }: LongProps) {
  return (
    <Textarea
      {...rest}
      className={`scroll-thin field-sizing-content max-h-80 min-h-8 resize-y ${className ?? ''}`}
      onChange={(event) => onText(event.target.value)}
    />
  );
}

/** Any value: a text, which may be a template, or JSON. */
export function AnyField({ label, path, value, onChange, ...ids }: Ids & Held & { label: string; path: string }) {
  const [json, setJson] = useState(value !== undefined && value !== null && typeof value !== 'string');
  return (
    <div className="flex flex-col gap-1">
      {json ? (
        <JsonInput {...ids} label={label} value={value} onChange={onChange} />
      ) : (
        <TemplateInput {...ids} path={path} text={typeof value === 'string' ? value : ''} onText={(text) => onChange(text === '' ? undefined : text)} />
      )}
      <label className="flex items-center gap-1.5 self-end text-12 text-fg-3">
        <input
          type="checkbox"
          className="size-3 accent-(--accent)"
          disabled={ids.disabled}
          checked={json}
          onChange={(event) => {
            setJson(event.target.checked);
            if (!event.target.checked && typeof value !== 'string' && value !== undefined) onChange(JSON.stringify(value));
          }}
        />
        {te('form.json')}
      </label>
    </div>
  );
}

const written = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2));

/** JSON as it is typed; what is none yet stays here and is not kept. */
export function JsonInput({ label, value, onChange, ...ids }: Ids & Held & { label: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  return (
    <>
      <CodeText
        {...ids}
        aria-invalid={wrong || ids['aria-invalid'] || undefined}
        label={label}
        language="json"
        text={typed ?? written(value)}
        onText={(text) => {
          setTyped(text);
          try {
            onChange(text.trim() === '' ? undefined : (JSON.parse(text) as unknown));
            setWrong(false);
          } catch {
            setWrong(true);
          }
        }}
        onBlur={() => {
          if (!wrong) setTyped(null);
        }}
      />
      {wrong && <span className="text-12 text-bad">{te('form.json.wrong')}</span>}
    </>
  );
}

type TemplateProps = Ids & { path: string; text: string; onText: (text: string) => void };

/** A text with values in it. The button beside it, or typing two braces, shows which there are. */
export function TemplateInput({ path, text, onText, ...ids }: TemplateProps) {
  const { node } = useContext(FormContext);
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<{ x: number; y: number; from: number; to: number } | null>(null);
  const area = () => box.current?.querySelector('textarea') ?? null;
  const ask = (from: number, to: number) => {
    const place = box.current?.getBoundingClientRect();
    if (place && node !== null) setOpen({ x: place.left, y: place.bottom + 4, from, to });
  };
  const insert = (name: string) => {
    if (!open) return;
    const before = text.slice(0, open.from);
    const next = before + name + text.slice(open.to);
    setOpen(null);
    onText(next);
    requestAnimationFrame(() => {
      area()?.focus();
      area()?.setSelectionRange(before.length + name.length, before.length + name.length);
    });
  };
  const named = node === null ? [] : namedIn(text);
  return (
    <div ref={box} className="relative">
      <LongText
        {...ids}
        rows={1}
        className={node === null ? undefined : 'pe-9'}
        value={text}
        onText={(typed) => {
          onText(typed);
          const at = area()?.selectionStart ?? typed.length;
          if (typed.length === text.length + 1 && typed.slice(at - 2, at) === '{{') ask(at - 2, at);
        }}
      />
      {node !== null && !ids.disabled && (
        <IconButton
          small
          label={te('scope.insert')}
          className="absolute top-0.5 end-0.5"
          onClick={() => {
            const at = area()?.selectionStart ?? text.length;
            ask(at, area()?.selectionEnd ?? at);
          }}
        >
          <Braces size={14} />
        </IconButton>
      )}
      {node !== null && named.length > 0 && (
        <Suspense fallback={null}>
          <ReferenceChips
            node={node}
            field={path.split(/[.[]/)[0] ?? ''}
            named={named}
            onShow={({ from, to }) => {
              area()?.focus();
              area()?.setSelectionRange(from, to);
            }}
          />
        </Suspense>
      )}
      {open && node !== null && (
        <Suspense fallback={null}>
          <ScopePopup node={node} field={path.split(/[.[]/)[0] ?? ''} at={open} onClose={() => setOpen(null)} onChoose={insert} />
        </Suspense>
      )}
    </div>
  );
}
