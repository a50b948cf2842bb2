/** Whose habits the host side follows on the wire where Sunshine (since 2025.118) and Wolf (2024) differ, protocol/3 §2.11. */
export type HostDialect = 'sunshine' | 'wolf';
