import { t } from './more/words';

/** Questions the handbook answers, for a first try. */
export function Starters({ onChoose }: { onChoose: (question: string) => void }) {
  const questions = [t('starter.1'), t('starter.2'), t('starter.3'), t('starter.4')];
  return (
    <ul aria-label={t('starter.label')} className="grid gap-2 sm:grid-cols-2">
      {questions.map((question) => (
        <li key={question}>
          <button
            type="button"
            onClick={() => onChoose(question)}
            className="h-full w-full rounded-lg border border-line bg-surface px-3 py-2.5 text-start text-fg-2 transition-colors hover:border-line-strong hover:bg-surface-2 hover:text-fg"
          >
            {question}
          </button>
        </li>
      ))}
    </ul>
  );
}
