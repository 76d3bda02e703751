const isName = (name: string) => /^[A-Za-z_]\w*$/.test(name);

/** A small program that fits the inputs of its node: it gives the first of them as `result`. */
export function starterOf(language: unknown, inputs: unknown): string {
  const names = typeof inputs === 'object' && inputs !== null ? Object.keys(inputs) : [];
  const first = names[0];
  const named = names.every(isName);
  if (language === 'python') {
    return `def main(inputs):\n    return {"result": ${first === undefined ? 'None' : `inputs[${JSON.stringify(first)}]`}}\n`;
  }
  const value = first === undefined ? 'null' : named ? first : `inputs[${JSON.stringify(first)}]`;
  return `function main(${named && first !== undefined ? `{ ${names.join(', ')} }` : 'inputs'}) {\n  return { result: ${value} };\n}\n`;
}

/** The settings of a code node after a change: as long as its program is the one it began with, that follows them. */
export function followStarter(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const untouched = after.code === before.code && before.code === starterOf(before.language, before.inputs);
  return untouched ? { ...after, code: starterOf(after.language, after.inputs) } : after;
}
