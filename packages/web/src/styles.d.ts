/** Vite takes these. */
declare module '*.css';
