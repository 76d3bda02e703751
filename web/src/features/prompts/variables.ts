/** The longest name of a variable, as the server has it. */
const LONGEST = 60;
const VARIABLE = /\{\{([^{}\n]+)\}\}/g;

/** What stands between double braces, each once, in order: the server finds the same. */
export function variablesOf(text: string): string[] {
  const names = [...text.matchAll(VARIABLE)].map(([, name = '']) => name.trim());
  return [...new Set(names.filter((name) => name !== '' && [...name].length <= LONGEST))];
}

/** The text with what was given in the place of its variables; what is empty stays as it is. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(VARIABLE, (whole, name: string) => {
    const key = name.trim();
    return (Object.hasOwn(values, key) && values[key]) || whole;
  });
}

/** What was typed, and the prompt after it. */
export const joined = (typed: string, prompt: string) => (typed.trim() === '' ? prompt : `${typed.trimEnd()}\n${prompt}`);
