export function Moon() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <circle cx="16" cy="16" r="15" fill="#151a21" />
      <path d="M20.5 5.5a11 11 0 1 0 6 15.5A9 9 0 0 1 20.5 5.5z" fill="#8ab8ff" />
    </svg>
  );
}
