import {
  Bot,
  BookOpen,
  Braces,
  CircleSlash2,
  CornerDownRight,
  Database,
  FileText,
  Flag,
  GitBranch,
  GitMerge,
  Globe,
  Hand,
  ListFilter,
  type LucideIcon,
  MessageSquareText,
  PencilLine,
  Play,
  Repeat,
  Repeat1,
  ScanText,
  Sparkles,
  SquareStack,
  StickyNote,
  Tags,
  Wrench,
} from 'lucide-react';
import { kindHue } from '@/features/runs/hue';
import { te } from './words';

const ICONS: Record<string, LucideIcon> = {
  start: Play,
  retrieve: BookOpen,
  chat: Sparkles,
  agent: Bot,
  tool: Wrench,
  http: Globe,
  document: FileText,
  classify: Tags,
  extract: ScanText,
  template: PencilLine,
  branch: GitBranch,
  merge: GitMerge,
  each: Repeat,
  loop: Repeat1,
  break: CircleSlash2,
  subflow: SquareStack,
  list: ListFilter,
  assign: Database,
  code: Braces,
  human: Hand,
  answer: MessageSquareText,
  output: Flag,
  note: StickyNote,
};

/** What people call the kinds that this app knows; a kind that is new is called what the file calls it. */
export function kindName(kind: string): string {
  const key = `kind.${kind}` as 'kind.start';
  const name = te(key);
  return name === key ? kind : name;
}

export function KindIcon({ kind, size = 15 }: { kind: string; size?: number }) {
  const Icon = ICONS[kind] ?? CornerDownRight;
  return <Icon size={size} aria-hidden="true" className="shrink-0" style={{ color: kindHue(kind) }} />;
}
