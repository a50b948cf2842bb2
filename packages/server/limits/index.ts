export { Crowd } from './crowd.ts';
export { Places, type Rank } from './places.ts';
