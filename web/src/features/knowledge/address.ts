/** Which documents are shown; the page knows what the texts may be. */
export interface DocumentsPlace {
  q?: string | undefined;
  state?: string | undefined;
  sort?: string | undefined;
}

/** A question, and what is wanted otherwise for it, once or twice. */
export interface SearchPlace {
  q?: string | undefined;
  a?: unknown;
  b?: unknown;
}

/** The evaluation that is looked at, and the one it is compared with. */
export interface EvaluatePlace {
  run?: string | undefined;
  with?: string | undefined;
}
