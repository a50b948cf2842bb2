/** Vite handles these. */
declare module '*.css';
