import { useMemo } from 'react';
import { labelOf } from './field-parts';
import { ValueField } from './fields';
import { FormContext, type FormRoom } from './form-room';
import { KindIcon } from './kinds';
import { type FlowDoc, START } from './model';
import { CloseButton, Fold, Frame, OtherProblems, useSought, useWrong, withField } from './panel-parts';
import { useRoom } from './store';
import { Ways } from './ways';
import { te } from './words';

/** Fields of the flow itself, in the order they are asked for. */
const ABOUT = ['name', 'kind', 'description', 'tags'];
const LISTS = ['inputs', 'outputs', 'variables', 'environment'];
const REST = ['durability', 'serve_as_tool'];

interface FlowPanelProps {
  doc: FlowDoc;
  onAddAfter: (id: string, handle: string | null) => void;
}

/** Settings of the flow as a whole. */
export function FlowPanel({ doc, onAddAfter }: FlowPanelProps) {
  const { editor, schema } = useRoom();
  const { byField, others } = useWrong(null);
  const box = useSought(null);
  const room: FormRoom = useMemo(() => ({ node: null, wrong: byField, readOnly: editor.readOnly }), [byField, editor]);
  const draw = (name: string) => {
    const field = schema.field(name);
    if (Object.keys(field).length === 0) return null;
    return (
      <ValueField
        key={name}
        label={labelOf(name)}
        help={schema.resolve(field).description}
        path={name}
        schema={field}
        required={name === 'name' || name === 'kind'}
        value={(doc as unknown as { [key: string]: unknown })[name]}
        onChange={(value) => editor.edit((before) => withField(before, name, value), `flow ${name}`)}
      />
    );
  };
  return (
    <Frame
      name={te('panel.flow')}
      testId="panel"
      head={
        <>
          <KindIcon kind={START} size={16} />
          <h2 className="min-w-0 flex-1 truncate text-14 font-semibold">{te('panel.flow')}</h2>
          <CloseButton editor={editor} />
        </>
      }
    >
      <div ref={box} tabIndex={-1} className="flex flex-col gap-4 outline-none">
        <OtherProblems problems={others} />
        <FormContext value={room}>
          {ABOUT.map(draw)}
          {LISTS.map(draw)}
          <Ways editor={editor} node={{ id: START, kind: START }} onAddAfter={onAddAfter} />
          <Fold title={te('panel.more')} open={false}>
            {REST.map(draw)}
          </Fold>
        </FormContext>
      </div>
    </Frame>
  );
}
