import { Copy, Ellipsis, LogIn, Play, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import { Button, buttonClass, IconButton } from '@/ui/button';
import { Input } from '@/ui/field';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { followStarter } from './code-starter';
import { asRecord, Help, labelOf } from './field-parts';
import { Record, ValueField } from './fields';
import { FormContext, type FormRoom } from './form-room';
import { changeNode, graphAt, wrongId } from './graph';
import { kindName, KindIcon } from './kinds';
import type { PanelProps } from './panel';
import { type FlowDoc, type FlowNode, isContainer } from './model';
import { changedKeys } from './problems';
import { CloseButton, Fold, Frame, OtherProblems, useSought, useWrong, withField } from './panel-parts';
import { renameNode } from './rename';
import { type Editor, useEditor, useRoom } from './store';
import { Ways } from './ways';
import { te, ten } from './words';

interface NodePanelProps extends Omit<PanelProps, 'id'> {
  editor: Editor;
  doc: FlowDoc;
  node: FlowNode;
}

type Settings = NonNullable<FlowNode['settings']>;

/** Settings of a node that stand in every kind. */
const COMMON = ['timeout', 'on_error', 'cache'];

/** The settings of one node. */
export function NodePanel({ editor, doc, node, onRunNode, onAddAfter }: NodePanelProps) {
  const { schema } = useRoom();
  const { byField, yet, others } = useWrong(node.id);
  const box = useSought(node.id);
  const room: FormRoom = useMemo(() => ({ node: node.id, wrong: byField, yet, readOnly: editor.readOnly }), [node.id, byField, yet, editor]);
  const help = schema.kinds().find(({ kind }) => kind === node.kind)?.help;
  const settings = schema.fieldsOf(schema.settingsOf(node.kind));
  const put = (key: string, change: (held: FlowNode) => FlowNode) => editor.edit((before) => changeNode(before, node.id, change), `${node.id} ${key}`);
  const change = (next: unknown) => {
    editor.touched(node.id, changedKeys(node.settings ?? {}, asRecord(next)));
    put('settings', (held) => withSettings(held, asRecord(next)));
  };
  const runs = node.kind !== 'note' && node.kind !== 'break' && !isContainer(node.kind);
  const common = schema.fieldsOf(schema.definition('Node')).filter(({ name }) => COMMON.includes(name));
  const within = useEditor((state) => state.container === node.id);
  const outside = graphAt(doc, null).nodes.some(({ id }) => id === node.id);
  return (
    <Frame
      name={te('panel.of', { name: node.id })}
      testId="panel"
      head={
        <>
          <KindIcon kind={node.kind} size={16} />
          <div className="min-w-0 flex-1">
            <IdInput editor={editor} doc={doc} id={node.id} />
          </div>
          {runs && outside && !editor.readOnly && (
            <IconButton small label={te('node.run')} onClick={() => onRunNode(node.id)}>
              <Play size={14} />
            </IconButton>
          )}
          {!editor.readOnly && !within && <NodeMenu editor={editor} />}
          <CloseButton editor={editor} />
        </>
      }
    >
      <div ref={box} tabIndex={-1} className="flex flex-col gap-4 outline-none">
        <p className="text-fg-2">
          <span className="font-medium text-fg">{te('panel.kind', { name: kindName(node.kind) })}</span> <Help text={help ?? ''} />
        </p>
        <OtherProblems problems={others} />
        {!within && <Within node={node} editor={editor} />}
        <FormContext value={room}>
          {settings.length > 0 && (
            <Record fields={settings} path="" value={node.settings} onChange={change} />
          )}
          {node.kind !== 'note' && !within && <Ways editor={editor} node={node} onAddAfter={onAddAfter} />}
          {node.kind !== 'note' && node.kind !== 'break' && (
            <Fold title={te('panel.failing')} open={COMMON.some((name) => (node as unknown as { [key: string]: unknown })[name])}>
              {common.map(({ name, schema: inner, help: hint }) => (
                <ValueField
                  key={name}
                  label={labelOf(name)}
                  help={hint}
                  path={name}
                  schema={inner}
                  required={false}
                  value={(node as unknown as { [key: string]: unknown })[name] ?? undefined}
                  onChange={(value) => put(name, (held) => withField(held, name, value))}
                />
              ))}
            </Fold>
          )}
        </FormContext>
      </div>
    </Frame>
  );
}

function withSettings(node: FlowNode, settings: Settings): FlowNode {
  return { ...node, settings: node.kind === 'code' ? followStarter(node.settings ?? {}, settings) : settings };
}

function NodeMenu({ editor }: { editor: Editor }) {
  return (
    <Menu
      trigger={
        <IconButton small label={te('node.actions')}>
          <Ellipsis size={16} />
        </IconButton>
      }
    >
      <MenuItem icon={<Copy size={14} />} onSelect={() => editor.duplicate()}>
        {te('node.duplicate')}
      </MenuItem>
      <MenuLine />
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => editor.removeChosen()}>
        {t('action.delete')}
      </MenuItem>
    </Menu>
  );
}

/** The node's id, which is its name: templates that name it follow. */
function IdInput({ editor, doc, id }: { editor: Editor; doc: FlowDoc; id: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed === null ? null : wrongId(doc, typed, id);
  const done = () => {
    if (typed !== null && !wrong && typed !== id) {
      editor.edit((before) => renameNode(before, id, typed));
      const { fresh } = editor.state;
      editor.select([typed]);
      if (fresh.has(id)) editor.set({ fresh: new Map([[typed, fresh.get(id) ?? new Set()]]) });
    }
    setTyped(null);
  };
  return (
    <>
      <Input
        aria-label={te('node.id')}
        data-own-undo={typed === null ? undefined : ''}
        aria-invalid={wrong ? true : undefined}
        title={wrong ? te(`node.id.${wrong}`) : te('node.id.hint')}
        className="h-7 border-transparent px-1.5 text-14 font-semibold"
        disabled={editor.readOnly}
        spellCheck={false}
        maxLength={64}
        value={typed ?? id}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === 'Enter') done();
          if (event.key === 'Escape') setTyped(null);
        }}
      />
      {wrong && (
        <p role="alert" className="px-1.5 text-12 text-bad">
          {te(`node.id.${wrong}`)}
        </p>
      )}
    </>
  );
}

/** The way into a container, or to the flow that is called. */
function Within({ node, editor }: { node: FlowNode; editor: Editor }) {
  const { slug } = useRoom();
  const flow = node.settings?.flow;
  if (isContainer(node.kind)) {
    return (
      <Button className="self-start" onClick={() => editor.enter(node.id)}>
        <LogIn size={14} />
        {te('node.enter')} <span className="font-normal text-fg-3">{ten('node.inside', node.body?.nodes?.length ?? 0)}</span>
      </Button>
    );
  }
  if (node.kind !== 'subflow' || typeof flow !== 'string' || !flow) return null;
  return (
    <Link to="/flows/$id" params={{ id: flow }} search={{ from: slug }} className={`${buttonClass()} self-start`}>
      <LogIn size={14} />
      {te('node.openFlow', { name: flow })}
    </Link>
  );
}
