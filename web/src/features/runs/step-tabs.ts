import type { Step } from './tree';

export const STEP_TABS = ['input', 'output', 'prompt', 'logs', 'raw'] as const;
export type StepTab = (typeof STEP_TABS)[number];

const isTab = (value: unknown): value is StepTab => STEP_TABS.includes(value as StepTab);

/** A step that was listed without what it had and gave. */
export const isLight = (record: Step): boolean => !record.inputs && !record.outputs;

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** What a program printed; of other kinds, an output of that name is an output. */
export function printed(record: Step): string {
  const { logs } = fieldsOf(record.outputs);
  return record.kind === 'code' && typeof logs === 'string' ? logs : '';
}

/** What a step gave, without what is told elsewhere. */
export function given(record: Step): Fields {
  const { logs, ...rest } = fieldsOf(record.outputs);
  return record.kind === 'code' || logs === undefined ? rest : { ...rest, logs };
}

const some = (value: unknown) => Object.keys(fieldsOf(value)).length > 0;

/** The tabs that a step has something for; as it was recorded is always there. */
export function tabsOf(record: Step): StepTab[] {
  const has: Record<StepTab, boolean> = {
    input: some(record.inputs),
    output: some(given(record)),
    prompt: (record.calls?.length ?? 0) > 0,
    logs: printed(record) !== '' || (record.retries?.length ?? 0) > 0,
    raw: true,
  };
  return STEP_TABS.filter((tab) => has[tab]);
}

const FIRST: StepTab[] = ['output', 'prompt', 'input', 'logs', 'raw'];
/** Of one that failed, what led to it is what one looks for. */
const FIRST_FAILED: StepTab[] = ['logs', 'prompt', 'input', 'output', 'raw'];

/** The tab that is shown: the wanted one where the step has it. */
export function shownTab(record: Step, tabs: StepTab[], wanted: string | undefined): StepTab {
  if (isTab(wanted) && tabs.includes(wanted)) return wanted;
  return (record.status === 'failed' ? FIRST_FAILED : FIRST).find((tab) => tabs.includes(tab)) ?? 'raw';
}
