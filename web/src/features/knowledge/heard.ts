const heard = new Set<string>();

/** Whether what happens in a knowledge base is told by its events; otherwise it is looked for. */
export const isHeard = (id: string) => heard.has(id);

export function setHeard(id: string, is: boolean): void {
  if (is) heard.add(id);
  else heard.delete(id);
}
