export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M6 16h4M22 16h4" />
        <path d="M10 16c4 0 3-7 6-7s2 7 6 7" />
        <path d="M10 16c4 0 3 7 6 7s2-7 6-7" />
      </g>
    </svg>
  );
}
