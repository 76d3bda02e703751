import { ChevronDown } from 'lucide-react';
import { type ReactNode, useContext, useId, useState } from 'react';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Field, Select } from '@/ui/field';
import { List, Pairs } from './field-lists';
import { AddButton, asRecord, type Change, Choice, Help, labelOf, nameOf, namesFor, type ValueProps, without } from './field-parts';
import { FormContext } from './form-room';
import { ALWAYS } from './labels';
import { AnyField, NameInput, NumberInput, TextInput } from './inputs';
import { said } from '@/features/said/said';
import type { FormField, Shape, Variant } from './schema';
import { useRoom } from './store';
import { te } from './words';

/** One value, asked for as its schema says. Leaving a field empty leaves it out. */
export function ValueField(props: ValueProps) {
  const { label, help, path, schema, required, value, onChange, bare } = props;
  const { schema: flow } = useRoom();
  const { wrong, yet, readOnly } = useContext(FormContext);
  const shape = flow.shapeOf(schema);
  if (shape.as === 'list' || shape.as === 'record' || shape.as === 'map' || shape.as === 'variants') {
    return <Group {...props} shape={shape} />;
  }
  if (shape.as === 'switch') {
    const standard = flow.resolve(schema).default === true;
    return (
      <label className="flex items-start gap-2" data-field={path}>
        <input
          type="checkbox"
          className="mt-[3px] size-3.5 accent-(--accent)"
          disabled={readOnly}
          checked={typeof value === 'boolean' ? value : standard}
          onChange={(event) => onChange(event.target.checked === standard && !required ? undefined : event.target.checked)}
        />
        <span className="min-w-0">
          <span className="font-medium">{label}</span>
          {help && (
            <span className="block text-12 text-fg-3">
              <Help text={help} />
            </span>
          )}
        </span>
      </label>
    );
  }
  return (
    <div data-field={path}>
      <Field
        label={label}
        className={bare ? '[&>label]:sr-only' : undefined}
        hint={yet?.get(path) ?? (bare || !help ? undefined : <Help text={help} />)}
        error={wrong.get(path)}
        {...(required ? {} : { optional: te('form.optional') })}
      >
        {(ids) => {
          const common = { ...ids, disabled: readOnly };
          if (shape.as === 'choice') {
            return <Choice {...common} shape={shape} required={required} standard={flow.resolve(schema).default} value={value} onChange={onChange} />;
          }
          if (shape.as === 'number') {
            return <NumberInput {...common} shape={shape} standard={flow.resolve(schema).default} value={value} onChange={onChange} />;
          }
          if (shape.as === 'any') return <AnyField {...common} label={label} path={path} value={value} onChange={onChange} />;
          const named = namesFor(path);
          if (named) return <NameInput {...common} what={named} value={value} onChange={onChange} required={required} />;
          return <TextInput {...common} label={label} path={path} shape={shape} value={value} required={required} onChange={onChange} />;
        }}
      </Field>
    </div>
  );
}

type GroupShape = Extract<Shape, { as: 'list' | 'record' | 'map' | 'variants' }>;

/** A value with values in it: its name stands above, its parts are set in. */
function Group({ label, help, path, required, value, onChange, bare, shape, schema }: ValueProps & { shape: GroupShape }) {
  const { wrong, readOnly } = useContext(FormContext);
  const { schema: flow } = useRoom();
  const id = useId();
  const error = wrong.get(path);
  const absent = value === undefined || value === null;
  const optional = !required && (shape.as === 'record' || shape.as === 'variants');
  return (
    <div role="group" aria-labelledby={id} data-field={path}>
      <p id={id} className={cx('flex min-h-5 items-center gap-1.5 font-medium', bare && 'sr-only')}>
        <span className="break-words">{label}</span>
        {!required && <span className="font-normal text-fg-3">{te('form.optional')}</span>}
      </p>
      {help && !bare && (
        <p className="text-12 text-fg-3">
          <Help text={help} />
        </p>
      )}
      <div className={cx('mt-1.5 flex flex-col gap-2', !bare && shape.as !== 'list' && 'border-s-2 border-line ps-3')}>
        {optional && absent && shape.as === 'record' ? (
          <AddButton label={te('form.set', { name: label })} onAdd={() => onChange(flow.blankRecord(flow.resolve(schema)))} />
        ) : (
          <Inside {...{ label, path, required, value, onChange, shape }} />
        )}
        {optional && !absent && shape.as === 'record' && !readOnly && (
          <Button size="sm" kind="ghost" className="self-start" onClick={() => onChange(undefined)}>
            {te('form.unset', { name: label })}
          </Button>
        )}
      </div>
      {error && <p className="mt-1 text-12 text-bad">{error}</p>}
    </div>
  );
}

type InsideProps = Pick<ValueProps, 'label' | 'path' | 'required' | 'value' | 'onChange'> & { shape: GroupShape };

function Inside({ shape, ...rest }: InsideProps) {
  switch (shape.as) {
    case 'list':
      return <List {...rest} item={shape.item} Draw={ValueField} />;
    case 'map':
      return <Pairs {...rest} inner={shape.value} Draw={ValueField} />;
    case 'variants':
      return <Variants {...rest} variants={shape.variants} />;
    default:
      return <Record fields={shape.fields} path={rest.path} value={rest.value} onChange={rest.onChange} />;
  }
}

interface RecordProps {
  fields: FormField[];
  path: string;
  value: unknown;
  onChange: Change;
}

/** The fields of an object. Those that need not be set stand below the others, out of the way. */
export function Record({ fields, path, value, onChange }: RecordProps) {
  const held = asRecord(value);
  const { wrong } = useContext(FormContext);
  const at = (name: string) => (path ? `${path}.${name}` : name);
  const faulty = (name: string) => [...wrong.keys()].some((key) => key === at(name) || key.startsWith(`${at(name)}.`) || key.startsWith(`${at(name)}[`));
  // What stood open stays open while one empties it.
  const [shown] = useState(() => new Set(fields.filter(({ name, required }) => required || ALWAYS.has(name) || held[name] !== undefined).map(({ name }) => name)));
  const first = fields.filter(({ name }) => shown.has(name) || faulty(name));
  const more = fields.filter((field) => !first.includes(field));
  const few = first.length === 0 || more.length === 1;
  const draw = ({ name, schema, required, help }: FormField) => (
    <ValueField
      key={name}
      label={labelOf(name, help)}
      help={help}
      path={at(name)}
      schema={schema}
      required={required}
      value={held[name]}
      onChange={(inner) => onChange(inner === undefined ? without(held, name) : { ...held, [name]: inner })}
    />
  );
  if (few) return fields.map(draw);
  return (
    <>
      {first.map(draw)}
      {more.length > 0 && (
        <details className="group">
          <summary className="flex h-7 cursor-pointer list-none items-center gap-1 rounded-sm text-fg-2 hover:text-fg">
            <ChevronDown size={14} aria-hidden="true" className="-rotate-90 transition-transform group-open:rotate-0" />
            {te('form.more', { count: more.length })}
          </summary>
          <div className="mt-2 flex flex-col gap-3">{more.map(draw)}</div>
        </details>
      )}
    </>
  );
}

type VariantsProps = Pick<ValueProps, 'label' | 'path' | 'required' | 'value' | 'onChange'> & { variants: Variant[] };

/** One of several forms: which one is chosen first. */
function Variants({ label, path, required, value, onChange, variants }: VariantsProps): ReactNode {
  const { schema: flow } = useRoom();
  const { readOnly } = useContext(FormContext);
  const at = value === undefined || value === null ? -1 : variants.findIndex((variant) => variant.fits(value));
  const chosen = variants[at];
  const shape = chosen ? flow.shapeOf(chosen.schema) : null;
  const tags = chosen && shape?.as === 'record' ? without(asRecord(value), '') : {};
  const kept = shape?.as === 'record' ? Object.keys(tags).filter((key) => !shape.fields.some(({ name }) => name === key)) : [];
  return (
    <>
      <Select
        aria-label={te('form.which', { name: label })}
        disabled={readOnly}
        value={at < 0 ? '' : String(at)}
        onChange={(event) => onChange(event.target.value === '' ? undefined : variants[Number(event.target.value)]?.initial())}
      >
        {(!required || at < 0) && <option value="">{te('form.notSet')}</option>}
        {variants.map((variant, index) => (
          <option key={variant.name} value={index} title={said(variant.help) || undefined}>
            {nameOf(variant.name)}
          </option>
        ))}
      </Select>
      {chosen && shape?.as === 'record' && (
        <Record
          key={at}
          fields={shape.fields}
          path={path}
          value={value}
          onChange={(next) => onChange({ ...Object.fromEntries(kept.map((key) => [key, tags[key]])), ...asRecord(next) })}
        />
      )}
      {chosen && shape && shape.as !== 'record' && shape.as !== 'choice' && chosen.schema.properties === undefined && (
        <ValueField bare label={label} path={path} schema={chosen.schema} required value={value} onChange={(next) => onChange(next ?? chosen.initial())} />
      )}
    </>
  );
}
