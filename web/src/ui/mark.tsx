/** A spring and the two streams that leave it. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true" className="text-accent">
      <circle cx="6" cy="5" r="2.5" fill="currentColor" />
      <g stroke="currentColor" strokeWidth="2.4" strokeLinecap="round">
        <path d="M6 11c0 5.5 7.5 3.5 7.5 10" />
        <path d="M12 6.5c0 6 7 4.5 7 14.5" opacity=".5" />
      </g>
    </svg>
  );
}

export function WordMark() {
  return (
    <span className="inline-flex items-center gap-2 text-14 font-semibold tracking-[-0.01em]">
      <Mark />
      Headwater
    </span>
  );
}
