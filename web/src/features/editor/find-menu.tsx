import { walk } from './graph';
import { kindName, KindIcon } from './kinds';
import { tl } from './late-words';
import { START_NODE } from './layout';
import { Choices, Popup } from './popup';
import { useDoc, useRoom } from './store';
import { summaryOf } from './summary';

/** Finds a node anywhere in the flow, by its name or by what its settings say. */
export function FindMenu({ at, onClose }: { at: { x: number; y: number }; onClose: () => void }) {
  const { editor } = useRoom();
  const doc = useDoc();
  const choices = [START_NODE, ...walk(doc)].map((node) => ({
    key: node.id,
    group: '',
    name: node.id,
    note: kindName(node.kind),
    help: summaryOf(node) ?? undefined,
    words: JSON.stringify(node.settings ?? ''),
    icon: <KindIcon kind={node.kind} />,
  }));
  return (
    <Popup at={at} label={tl('find.title')} onClose={onClose}>
      <Choices
        label={tl('find.title')}
        none={tl('find.none')}
        choices={choices}
        onChoose={(id) => {
          onClose();
          editor.reveal(id);
        }}
      />
    </Popup>
  );
}
