/** How long the canvas takes to move, in milliseconds; it does not move where the system asks for rest. */
export const moving = () => ({ duration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 180 });
