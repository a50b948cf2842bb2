export { Sound } from './sound.ts';
