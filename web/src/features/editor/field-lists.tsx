import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type ComponentType, useContext } from 'react';
import { IconButton } from '@/ui/button';
import { AddButton, addLabel, asRecord, NamePart, type ValueProps } from './field-parts';
import { FormContext } from './form-room';
import type { Schema } from './schema';
import { useRoom } from './store';
import { te } from './words';

type ListProps = Pick<ValueProps, 'label' | 'path' | 'value' | 'onChange'> & { item: Schema; Draw: ComponentType<ValueProps> };

export function List({ label, path, value, onChange, item, Draw }: ListProps) {
  const { schema: flow } = useRoom();
  const { readOnly } = useContext(FormContext);
  const items: unknown[] = Array.isArray(value) ? value : [];
  const shape = flow.shapeOf(item);
  const small = shape.as === 'text' || shape.as === 'any' || shape.as === 'choice' || shape.as === 'number';
  const put = (list: unknown[]) => onChange(list);
  const swap = (one: number, other: number) => {
    const list = [...items];
    [list[one], list[other]] = [list[other], list[one]];
    put(list);
  };
  return (
    <>
      {items.map((held, index) => {
        const name = te('form.item', { name: label, number: index + 1 });
        const field = (
          <Draw
            bare
            label={name}
            path={`${path}[${index}]`}
            schema={item}
            required
            value={held}
            onChange={(inner) => put(items.map((one, other) => (other === index ? (inner ?? flow.blank(item)) : one)))}
          />
        );
        const buttons = !readOnly && (
          <span className="flex shrink-0">
            {index > 0 && (
              <IconButton small label={te('form.up', { name })} onClick={() => swap(index, index - 1)}>
                <ChevronUp size={14} />
              </IconButton>
            )}
            {index < items.length - 1 && (
              <IconButton small label={te('form.down', { name })} onClick={() => swap(index, index + 1)}>
                <ChevronDown size={14} />
              </IconButton>
            )}
            <IconButton small label={te('form.remove', { name })} onClick={() => put(items.filter((_, other) => other !== index))}>
              <X size={14} />
            </IconButton>
          </span>
        );
        // The items of a list have no names; their place is all that tells them apart.
        const key = `${index} of ${items.length}`;
        if (small) {
          return (
            <div key={key} className="flex items-start gap-1">
              <div className="min-w-0 flex-1">{field}</div>
              {buttons}
            </div>
          );
        }
        return (
          <div key={key} className="rounded-md border border-line px-2.5 pt-1 pb-2.5">
            <div className="flex h-7 items-center justify-between text-12 text-fg-2">
              {index + 1}
              {buttons}
            </div>
            {field}
          </div>
        );
      })}
      <AddButton label={addLabel(path, label)} onAdd={() => put([...items, flow.blank(item)])} />
    </>
  );
}

type PairsProps = Pick<ValueProps, 'label' | 'path' | 'value' | 'onChange'> & { inner: Schema; Draw: ComponentType<ValueProps> };

/** Values by names of one's own. */
export function Pairs({ label, path, value, onChange, inner, Draw }: PairsProps) {
  const { schema: flow } = useRoom();
  const { readOnly } = useContext(FormContext);
  const entries = Object.entries(asRecord(value));
  const put = (list: [string, unknown][]) => onChange(Object.fromEntries(list));
  const fresh = () => {
    let number = entries.length + 1;
    while (entries.some(([name]) => name === `name${number}`)) number += 1;
    return `name${number}`;
  };
  return (
    <>
      {entries.map(([name, held], index) => (
        // The name is what is typed; the place stays.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={`${index} of ${entries.length}`} className="flex flex-col gap-1">
          <div className="flex items-center gap-1">
            <NamePart
              label={te('form.nameOf', { name: label, number: index + 1 })}
              name={name}
              disabled={readOnly}
              onRename={(to) => {
                if (entries.some(([other]) => other === to)) return;
                put(entries.map((entry, other) => (other === index ? [to, held] : entry)));
              }}
            />
            {!readOnly && (
              <IconButton small label={te('form.remove', { name })} onClick={() => put(entries.filter((_, other) => other !== index))}>
                <X size={14} />
              </IconButton>
            )}
          </div>
          <Draw
            bare
            label={name}
            path={`${path}.${name}`}
            schema={inner}
            required
            value={held}
            onChange={(next) => put(entries.map((entry, other) => (other === index ? [name, next ?? ''] : entry)))}
          />
        </div>
      ))}
      <AddButton label={addLabel(path, label)} onAdd={() => put([...entries, [fresh(), flow.blank(inner)]])} />
    </>
  );
}
