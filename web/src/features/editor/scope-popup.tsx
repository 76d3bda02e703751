import { useCalledOutputs } from './called';
import { kindName, KindIcon } from './kinds';
import type { Given } from './outputs';
import { type Choice, Choices, Popup } from './popup';
import { saidName } from '@/features/said/said';
import { reference, type Root, scopeOf } from './scope';
import { useDoc } from './store';
import { tl } from './late-words';

interface ScopeProps {
  node: string;
  field: string;
  at: { x: number; y: number };
  onClose: () => void;
  onChoose: (text: string) => void;
}

/** Everything that can be named here, with its type. */
export function ScopePopup({ node, field, at, onClose, onChoose }: ScopeProps) {
  const doc = useDoc();
  const called = useCalledOutputs(doc);
  const choices = scopeOf(doc, node, field, called).flatMap(choicesOf);
  return (
    <Popup at={at} label={tl('scope.title')} onClose={onClose}>
      <Choices mono label={tl('scope.search')} none={tl('scope.none')} choices={choices} onChoose={(key) => onChoose(reference(key))} />
    </Popup>
  );
}

function choicesOf(root: Root): Choice[] {
  const group = root.kind && root.kind !== 'start' ? `${root.name} · ${kindName(root.kind)}` : root.name;
  const icon = root.kind ? <KindIcon kind={root.kind} size={13} /> : undefined;
  const entries = (value: Given, path: string): Choice[] => [
    { key: path, group, name: path, note: saidName(value.type), icon },
    ...(value.inner ?? []).flatMap((inner) => entries(inner, `${path}.${inner.name}`)),
  ];
  if (root.values.length === 0) return [{ key: root.name, group, name: root.name, note: root.type && saidName(root.type) }];
  return root.values.flatMap((value) => entries(value, `${root.name}.${value.name}`));
}
