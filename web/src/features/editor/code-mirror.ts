import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, type LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension, Transaction } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export type CodeLanguage = 'javascript' | 'python' | 'json';

/** Each language is fetched with the first text in it. */
const LANGUAGES: Record<CodeLanguage, () => Promise<LanguageSupport>> = {
  javascript: async () => (await import('@codemirror/lang-javascript')).javascript(),
  python: async () => (await import('@codemirror/lang-python')).python(),
  json: async () => (await import('@codemirror/lang-json')).json(),
};

/** The colours of the app, which follow its theme by themselves. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.typeName, tags.tagName, tags.self, tags.operatorKeyword], color: 'var(--accent)' },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.propertyName, tags.attributeName], color: 'var(--warn)' },
  { tag: [tags.comment, tags.meta], color: 'var(--text-2)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.definition(tags.function(tags.variableName))], fontWeight: '600' },
  { tag: tags.invalid, color: 'var(--bad)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'transparent', maxHeight: '24rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '18px', overflow: 'auto' },
  '.cm-content': { padding: '6px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 8px 0 6px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--text-3)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 4px 0 6px', minWidth: '22px' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-soft)', outline: '1px solid var(--accent-line)' },
});

export interface CodeOptions {
  parent: HTMLElement;
  text: string;
  /** What the field is called, and other attributes of what is typed into. */
  attributes: Record<string, string>;
  readOnly: boolean;
  onText: (text: string) => void;
  onLeave?: (() => void) | undefined;
}

/** An editor for a text of a program, in a place of the page. */
export class CodeEditor {
  private readonly view: EditorView;
  private readonly language = new Compartment();
  private readonly attributes = new Compartment();
  private spoken: CodeLanguage | null = null;
  /** Whether what happens was not typed here. */
  private told = false;

  constructor({ parent, text, attributes, readOnly, onText, onLeave }: CodeOptions) {
    const heard = EditorView.updateListener.of((update) => {
      if (update.docChanged && !this.told) onText(update.state.doc.toString());
    });
    const extensions: Extension[] = [
      lineNumbers(),
      history(),
      indentOnInput(),
      indentUnit.of('  '),
      bracketMatching(),
      syntaxHighlighting(colours),
      EditorView.lineWrapping,
      look,
      // Tab indents; after Escape it leaves the field, as it does everywhere. What is taken back here is taken back here only.
      keymap.of([...historyKeymap, indentWithTab, ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter')]),
      EditorState.readOnly.of(readOnly),
      EditorView.editable.of(!readOnly),
      this.attributes.of(EditorView.contentAttributes.of(attributes)),
      EditorView.domEventHandlers({ blur: () => onLeave?.() }),
      this.language.of([]),
      heard,
    ];
    this.view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions }) });
  }

  /** Colours the text as one of its language. */
  async speak(language: CodeLanguage): Promise<void> {
    if (this.spoken === language) return;
    this.spoken = language;
    const support = await LANGUAGES[language]();
    if (this.spoken !== language) return;
    this.view.dispatch({ effects: this.language.reconfigure([support, indentUnit.of(language === 'python' ? '    ' : '  ')]) });
  }

  /** Shows what the text has become elsewhere. */
  put(text: string): void {
    const { doc } = this.view.state;
    if (doc.toString() === text) return;
    this.told = true;
    this.view.dispatch({ changes: { from: 0, to: doc.length, insert: text }, annotations: Transaction.addToHistory.of(false) });
    this.told = false;
  }

  describe(attributes: Record<string, string>): void {
    this.view.dispatch({ effects: this.attributes.reconfigure(EditorView.contentAttributes.of(attributes)) });
  }

  focus(): void {
    this.view.focus();
  }

  close(): void {
    this.view.destroy();
  }
}
