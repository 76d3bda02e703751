/** How much more work there is the second time. */
const MORE = 16;

/**
 * How many times longer `work` takes on sixteen times as much: about 16 where it grows with its size, 256
 * where it grows with the square. Processor time counts, and the quickest of some tries, so that a busy
 * machine changes little.
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
    return Math.max(1, least);
  };
  // Once beforehand, for the compiler.
  work(size);
  return quickest(MORE * size) / quickest(size);
}

/** More than linear work shows, whatever is collected meanwhile, and less than quadratic. */
export const LINEAR = 80;
