import { Field, Input, Select, Textarea } from '@/ui/field';
import { type AskedField, type Typed, type Wrong } from './fields';
import { tf } from './words';

interface FieldsProps {
  fields: AskedField[];
  typed: Typed;
  wrong: Record<string, Wrong>;
  onChange: (typed: Typed) => void;
}

/** One control per field; what is typed is the caller's. */
export function Fields({ fields, typed, wrong, onChange }: FieldsProps) {
  return fields.map((field) => (
    <OneField
      key={field.name}
      field={field}
      value={typed[field.name] ?? ''}
      wrong={wrong[field.name]}
      onChange={(value) => onChange({ ...typed, [field.name]: value })}
    />
  ));
}

interface OneFieldProps {
  field: AskedField;
  value: string | boolean;
  wrong: Wrong | undefined;
  onChange: (value: string | boolean) => void;
}

function OneField({ field, value, wrong, onChange }: OneFieldProps) {
  const { label, help, widget, required, options } = field;
  if (widget === 'switch') {
    return (
      <label className="flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-[3px] size-3.5 accent-(--accent)"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span className="break-words">
          {label} {help && <span className="text-fg-3">{help}</span>}
        </span>
      </label>
    );
  }
  const shape = widget === 'list' ? tf('form.lines') : widget === 'json' ? tf('form.json') : '';
  const hint = [help, shape].filter(Boolean).join(' ');
  const text = String(value);
  const type = (event: { target: { value: string } }) => onChange(event.target.value);
  return (
    <Field
      label={label}
      hint={hint || undefined}
      error={wrong && tf(`wrong.${wrong}`)}
      {...(required ? {} : { optional: tf('form.optional') })}
    >
      {(ids) => {
        if (widget === 'choice') {
          return (
            <Select {...ids} value={text} onChange={type}>
              <option value="">{tf('form.choose')}</option>
              {options.map((option, index) => (
                <option key={JSON.stringify(option)} value={index}>
                  {typeof option === 'string' ? option : JSON.stringify(option)}
                </option>
              ))}
            </Select>
          );
        }
        if (widget === 'text' || widget === 'number') {
          return <Input {...ids} value={text} inputMode={widget === 'number' ? 'decimal' : undefined} onChange={type} />;
        }
        return <Textarea {...ids} rows={3} className={widget === 'json' ? 'font-mono' : undefined} value={text} onChange={type} />;
      }}
    </Field>
  );
}
