type Hue = 'input' | 'model' | 'knowledge' | 'logic' | 'tool' | 'output';

const HUES: Record<string, Hue> = {
  start: 'input',
  answer: 'output',
  output: 'output',
  chat: 'model',
  model: 'model',
  agent: 'model',
  classify: 'model',
  extract: 'model',
  retrieve: 'knowledge',
  document: 'knowledge',
  tool: 'tool',
  http: 'tool',
  code: 'tool',
  subflow: 'tool',
  human: 'output',
};

/** What a kind is about, which its colour tells. */
export const hueOf = (kind: string | undefined): Hue => (kind && HUES[kind]) || 'logic';
export const kindHue = (kind: string | undefined) => `var(--node-${hueOf(kind)})`;
