/**
 * How many times longer `work` takes on four times as much: about 4 where it grows with its size, 16 where
 * it grows with the square. Processor time counts, and the quickest of some tries, so that a busy machine changes nothing.
 */
export function growth(work: (size: number) => void, size: number): number {
  const quickest = (size: number) => {
    let least = Infinity;
    for (let turn = 0; turn < 5; turn += 1) {
      const began = process.cpuUsage();
      work(size);
      const { user, system } = process.cpuUsage(began);
      least = Math.min(least, user + system);
    }
    return least;
  };
  // Once beforehand, for the compiler.
  work(size);
  return quickest(4 * size) / Math.max(1, quickest(size));
}

/** More than linear work shows, less than quadratic. */
export const LINEAR = 9;
