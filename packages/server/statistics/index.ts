export { restStatistics } from './rest.ts';
