export { restStatistics } from './rest.ts';
export { StatsRequests } from './stats-requests.ts';
