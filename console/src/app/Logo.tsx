export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path
        d="M9 11.5c0-2 1.7-3.5 4-3.5h6.5M23 20.5c0 2-1.7 3.5-4 3.5h-6.5"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <path
        d="m10.5 16.3 3.6 3.5 7.6-7.6"
        fill="none"
        stroke="#5eead4"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
