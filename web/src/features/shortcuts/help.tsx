import { Dialog } from '@/ui/dialog';
import { isApple } from './platform';
import { useSingleKeys } from './single-keys';
import { t } from './words';

/** Every shortcut there is, by where it works. */
export default function Help({ onClose }: { onClose: () => void }) {
  const single = useSingleKeys();
  const mod = isApple() ? '⌘' : 'Ctrl';
  const groups: { title: string; rows: { keys: string[]; text: string; single?: boolean }[] }[] = [
    {
      title: t('help.everywhere'),
      rows: [
        { keys: [mod, 'K'], text: t('help.palette') },
        { keys: ['/'], text: t('help.search'), single: true },
        { keys: ['?'], text: t('help.help'), single: true },
        { keys: ['g', 'h'], text: t('help.go', { page: t('nav.homePage') }), single: true },
        { keys: ['g', 'c'], text: t('help.go', { page: t('nav.chat') }), single: true },
        { keys: ['g', 'f'], text: t('help.go', { page: t('nav.flows') }), single: true },
        { keys: ['g', 'k'], text: t('help.go', { page: t('nav.knowledge') }), single: true },
        { keys: ['g', 'r'], text: t('help.go', { page: t('nav.runs') }), single: true },
        { keys: ['g', 'm'], text: t('help.go', { page: t('nav.monitor') }), single: true },
      ],
    },
    {
      title: t('help.lists'),
      rows: [
        { keys: ['j'], text: t('help.next'), single: true },
        { keys: ['k'], text: t('help.previous'), single: true },
        { keys: ['x'], text: t('help.select'), single: true },
        { keys: ['Enter'], text: t('help.open') },
      ],
    },
    {
      title: t('nav.chat'),
      rows: [
        { keys: ['Enter'], text: t('help.send') },
        { keys: ['Shift', 'Enter'], text: t('help.line') },
        { keys: [mod, '.'], text: t('help.stop') },
        { keys: ['/'], text: t('help.prompts') },
      ],
    },
    {
      title: t('help.editor'),
      rows: [
        { keys: ['n'], text: t('help.editor.add'), single: true },
        { keys: ['/'], text: t('help.editor.find'), single: true },
        { keys: ['1'], text: t('help.editor.fit'), single: true },
        { keys: [mod, 'Z'], text: t('help.editor.undo') },
        { keys: [mod, 'Shift', 'Z'], text: t('help.editor.redo') },
        { keys: [mod, 'C'], text: t('help.editor.copy') },
        { keys: [mod, 'X'], text: t('help.editor.cut') },
        { keys: [mod, 'V'], text: t('help.editor.paste') },
        { keys: [mod, 'D'], text: t('help.editor.duplicate') },
        { keys: ['Delete'], text: t('help.editor.remove') },
        { keys: [mod, 'A'], text: t('help.editor.all') },
        { keys: [mod, 'G'], text: t('help.editor.group') },
        { keys: [mod, 'Shift', 'G'], text: t('help.editor.ungroup') },
        { keys: [mod, 'Enter'], text: t('help.editor.run') },
        { keys: [isApple() ? '⌥' : 'Alt', 'Enter'], text: t('help.editor.runNode') },
        { keys: ['Esc'], text: t('help.editor.leave') },
      ],
    },
  ];
  return (
    <Dialog open onOpenChange={onClose} title={t('help.title')} description={single ? undefined : t('help.off')}>
      <div className="flex flex-col gap-5">
        {groups.map(({ title, rows }) => (
          <section key={title}>
            <h3 className="mb-1 font-semibold">{title}</h3>
            <dl className="divide-y divide-line">
              {rows
                .filter((row) => single || !row.single)
                .map(({ keys, text }) => (
                  <div key={text} className="flex items-center gap-4 py-1">
                    <dt className="min-w-0 flex-1 text-fg-2">{text}</dt>
                    <dd className="flex shrink-0 gap-1">
                      {keys.map((key) => (
                        <kbd
                          key={key}
                          className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line-strong bg-surface-2 px-1 font-mono text-11"
                        >
                          {key}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
