/** Signal flag H: "I have a pilot on board". */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size * 0.8} viewBox="0 0 30 24" aria-hidden="true">
      <rect
        x="0.75"
        y="0.75"
        width="28.5"
        height="22.5"
        rx="4"
        fill="#fff"
        stroke="#b9c6cf"
        strokeWidth="1.5"
      />
      <path d="M15 0h11a4 4 0 0 1 4 4v16a4 4 0 0 1-4 4H15z" fill="#d6402f" />
    </svg>
  );
}
