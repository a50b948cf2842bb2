export { StatisticsCollector } from './statistics-collector.ts';
