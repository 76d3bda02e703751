import type { ReactNode } from 'react';
import { cx } from './cx';
import { useDocumentTitle } from './use-document-title';

interface PageProps {
  title: string;
  lead?: ReactNode;
  above?: ReactNode;
  actions?: ReactNode;
  /** For pages whose parts stand side by side. */
  wide?: boolean;
  children: ReactNode;
}

/** The frame of a page that scrolls: title, actions, content of readable width. */
export function Page({ title, lead, above, actions, wide, children }: PageProps) {
  useDocumentTitle(title);
  return (
    <div className="scroll-thin h-full overflow-y-auto">
      <div className={cx('mx-auto w-full px-4 pt-5 pb-16 md:px-8 md:pt-8', wide ? 'max-w-[1400px]' : 'max-w-[960px]')}>
        {above}
        <header className="flex flex-wrap items-start gap-x-4 gap-y-3">
          <div className="min-w-0 flex-1 basis-64">
            <h1 className="text-20 font-semibold tracking-[-0.01em] break-words">{title}</h1>
            {lead && <p className="mt-0.5 text-fg-2">{lead}</p>}
          </div>
          {actions && <div className="flex items-center gap-2">{actions}</div>}
        </header>
        <div className="mt-6">{children}</div>
      </div>
    </div>
  );
}

interface SectionProps {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Section({ title, lead, actions, children }: SectionProps) {
  return (
    <section className="mb-8">
      <div className="mb-3 flex min-h-7 flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="text-14 font-semibold">{title}</h2>
          {lead && <p className="mt-0.5 max-w-[62ch] text-fg-2">{lead}</p>}
        </div>
        {actions}
      </div>
      {children}
    </section>
  );
}

interface EmptyProps {
  icon: ReactNode;
  title: string;
  text: string;
  children?: ReactNode;
}

export function Empty({ icon, title, text, children }: EmptyProps) {
  return (
    <div className="flex flex-col items-center rounded-xl border border-dashed border-line-strong px-6 py-12 text-center">
      <span className="text-fg-3" aria-hidden="true">
        {icon}
      </span>
      <p className="mt-3 text-14 font-semibold">{title}</p>
      <p className="mt-1 max-w-[46ch] text-fg-2">{text}</p>
      {children && <div className="mt-4 flex gap-2">{children}</div>}
    </div>
  );
}

export function Card({ children }: { children: ReactNode }) {
  return <div className="rounded-lg border border-line bg-surface">{children}</div>;
}
