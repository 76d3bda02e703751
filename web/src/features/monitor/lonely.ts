/** Places with a value whose neighbours have none: no line leads there, so they are drawn as points. */
export function lonely(values: ArrayLike<number | null | undefined>): number[] {
  const known = (index: number) => values[index] !== null && values[index] !== undefined;
  return Array.from(values, (_value, index) => index).filter((index) => known(index) && !known(index - 1) && !known(index + 1));
}
