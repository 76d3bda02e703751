import { LockKeyhole } from 'lucide-react';
import { Empty, Section } from '@/ui/page';
import { tv } from './values-words';

/** Stands where somebody came by address to what their role may not see. */
export function Refused({ title, text }: { title: string; text: string }) {
  return (
    <Section title={title}>
      <Empty icon={<LockKeyhole size={24} />} title={tv('refused.title')} text={text} />
    </Section>
  );
}
