import { createContext } from 'react';

/** What a form's fields have in common. */
export interface FormRoom {
  /** The node whose settings these are; null for those of the flow. */
  node: string | null;
  /** What is wrong, by the path of the field. */
  wrong: ReadonlyMap<string, string>;
  /** What is still missing in a new node, by the path of the field: said, but not as a mistake. */
  yet?: ReadonlyMap<string, string>;
  readOnly: boolean;
}

export const FormContext = createContext<FormRoom>({ node: null, wrong: new Map(), readOnly: false });
