export { StreamerStatistics } from './statistics.ts';
